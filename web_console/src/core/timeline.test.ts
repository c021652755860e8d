// Where things stand along a timeline.
import { describe, expect, it } from 'vitest'
import { emptyTimeline, holesOf, joined, neighbour, recordingAt, rowsOf, runsOf, stillAt, type Lane, type Timeline } from './timeline'

describe('the runs of one recording', () => {
  const within = { startMs: 0, endMs: 60_000 }

  it('cover it without hole or overlap, and say why something is missing', () => {
    const plays = [{ startMs: 30_000, endMs: 50_000, origin: 'terminal' as const }, { startMs: 0, endMs: 20_000, origin: 'server' as const }, { startMs: 15_000, endMs: 25_000, origin: 'server' as const }]
    const runs = runsOf(plays, [{ startMs: 25_000, endMs: 30_000, reason: 'silent' }], within)
    expect(runs.map((run) => [run.kind, run.startMs, run.endMs, run.reason])).toEqual([
      ['live', 0, 20_000, ''], ['live', 20_000, 25_000, ''], ['missing', 25_000, 30_000, 'silent'], ['backfilled', 30_000, 50_000, ''], ['missing', 50_000, 60_000, ''],
    ])
  })

  it('take a seam for continuous, and nothing at all for missing', () => {
    const plays = [{ startMs: 0, endMs: 30_000, origin: 'server' as const }, { startMs: 30_090, endMs: 60_000, origin: 'server' as const }]
    expect(runsOf(plays, [], within).map((run) => run.kind)).toEqual(['live', 'live'])
    expect(runsOf([], [], within).map((run) => run.kind)).toEqual(['missing'])
    expect(runsOf([], [], within, true)).toEqual([]) // not written yet
  })
})

it('lays steps that overlap on rows of their own', () => {
  expect(rowsOf([{ startMs: 0, endMs: 10 }, { startMs: 5, endMs: 20 }, { startMs: 10, endMs: 15 }, { startMs: 12, endMs: 13 }])).toEqual([0, 1, 0, 2])
})

it('finds the picture of a moment, and its neighbours', () => {
  const stills = [{ ms: 10 }, { ms: 40 }, { ms: 70 }]
  expect(stillAt(stills, 45)?.ms).toBe(40)
  expect(stillAt(stills, 1)?.ms).toBe(10)
  expect(stillAt([], 1)).toBeNull()
  expect([neighbour(stills, 40, 1), neighbour(stills, 40, -1), neighbour(stills, 70, 1)]).toEqual([70, 10, null])
})

describe('several recordings', () => {
  const moment = { kind: 'note' as const, endMs: null, text: '', by: '', important: false, note: null }
  const one: Timeline = { ...emptyTimeline, span: { startMs: 10, endMs: 50 }, moments: [{ ...moment, key: 'b', ms: 30 }], enforcements: ['e'] }
  const two: Timeline = { ...emptyTimeline, span: { startMs: 20, endMs: 90 }, moments: [{ ...moment, key: 'b', ms: 30 }, { ...moment, key: 'a', ms: 15 }], enforcements: ['e'] }

  it('are one stretch, and each moment stands in it once', () => {
    const whole = joined([one, two])
    expect(whole.span).toEqual({ startMs: 10, endMs: 90 })
    expect(whole.moments.map((each) => each.key)).toEqual(['a', 'b'])
    expect(whole.enforcements).toEqual(['e'])
    expect(joined([])).toBe(emptyTimeline)
  })

  it('of one terminal: which of them shows a moment', () => {
    const lane = { recordings: [{ id: 'x', startMs: 0, endMs: 10, open: false, origin: 'server' }, { id: 'm', startMs: 4, endMs: 6, open: false, origin: 'terminal' }, { id: 'y', startMs: 20, endMs: 30, open: true, origin: 'server' }] } as unknown as Lane
    expect([2, 5, 25, 99].map((ms) => recordingAt(lane, ms))).toEqual(['x', 'm', 'y', 'y'])
  })
})

it('finds the holes that nobody gave a reason for, and no seams', () => {
  const run = (startMs: number, endMs: number, kind: 'live' | 'missing', stated = false) => ({ startMs, endMs, kind, reason: 'publisher lost', stated })
  const lane = { runs: [run(0, 5_000, 'live'), run(5_000, 5_400, 'missing'), run(5_400, 9_000, 'live'), run(9_000, 20_000, 'missing'), run(20_000, 40_000, 'missing', true)] } as unknown as Lane
  expect(holesOf(lane).map((one) => one.startMs)).toEqual([9_000])
})
