// The roster as rows, the state of a tile, and playback by wall clock.
import { describe, expect, it } from 'vitest'
import type { LiveStream, Roster } from './model'
import { PlaybackTime, momentAt, momentIn, placeOf, timeMarks } from './playback_time'
import { presenceOf, rosterRows, sourcesOnAir, streamOf, totals } from './roster_tree'
import { STILL_AFTER_MS, tileState } from './tile_state'

function stream(over: Partial<LiveStream>): LiveStream {
  return {
    id: 's', source: 'T1', title: { zh: '一号', en: 'One' }, departmentId: 'd1', state: 'live', startedMs: 0, sinceMs: 0,
    fault: null, recording: true, viewers: 0, uplink: null, stillUrl: null, ...over,
  }
}

const terminal = (id: string, departmentId: string, online = false) =>
  ({ id, departmentId, title: { zh: `${id}机`, en: id }, online, lastSeenMs: null })

const roster: Roster = {
  departments: [
    { id: 'd1', name: { zh: '城关镇', en: 'Chengguan Town' }, kind: 'township' },
    { id: 'd2', name: { zh: '司法局', en: 'Justice Bureau' }, kind: 'bureau' },
    { id: 'd3', name: { zh: '空部门', en: 'Empty' }, kind: 'bureau' },
  ],
  terminals: [terminal('T10', 'd1', true), terminal('T2', 'd1'), terminal('T3', 'd2')],
  streams: [
    stream({ id: 's1', source: 'T2' }),
    stream({ id: 's2', source: 'T3', departmentId: 'd2', state: 'lost' }),
    stream({ id: 's3', source: 'guest-1', departmentId: 'd2', title: { zh: '访客', en: 'Guest' } }),
    stream({ id: 's0', source: 'T10', state: 'ended' }),
    stream({ id: 's4', source: 'console-1', departmentId: '', title: { zh: '指挥席', en: 'Desk' } }),
  ],
}
const all = { text: '', onlyLive: false, folds: new Map<string, boolean>() }
const shape = (rows: ReturnType<typeof rosterRows>) => rows.map((row) => `${row.kind} ${row.id}`)

describe('the roster', () => {
  it('lists groups, departments and terminals in the order of their numbers', () => {
    expect(shape(rosterRows(roster, all))).toEqual([
      'group township', 'department d1', 'terminal T2', 'terminal T10',
      'group bureau', 'department d2', 'terminal guest-1', 'terminal T3', 'group guest', 'terminal console-1',
    ])
  })

  it('counts who is live, lost and there at all', () => {
    expect(totals(roster)).toEqual({ live: 3, lost: 1, online: 1, all: 5 })
    expect(rosterRows(roster, all)[4]).toMatchObject({ count: { live: 1, lost: 1, online: 0, all: 2 } })
  })

  it('folds, finds and filters', () => {
    expect(shape(rosterRows(roster, { ...all, folds: new Map([['township', false], ['d2', false]]) }))).toEqual(
      ['group township', 'group bureau', 'department d2', 'group guest', 'terminal console-1'])
    expect(shape(rosterRows(roster, { ...all, text: '城关 t2' }))).toEqual(['group township', 'department d1', 'terminal T2'])
    expect(sourcesOnAir(roster)).toEqual(['T2', 'guest-1', 'T3', 'console-1'])
  })

  it('stands open where someone is there, until somebody folds it', () => {
    const quiet = { ...roster, streams: [], terminals: [terminal('T1', 'd1', true), terminal('T3', 'd2')] }
    expect(shape(rosterRows(quiet, all))).toEqual(['group township', 'department d1', 'terminal T1', 'group bureau', 'department d2'])
    expect(shape(rosterRows(quiet, { ...all, folds: new Map([['d2', true]]) }))).toContain('terminal T3')
  })

  it('prefers the live stream of a source', () => {
    const twice = { ...roster, streams: [stream({ id: 'old', state: 'lost' }), stream({ id: 'new' })] }
    expect(streamOf(twice, 'T1')?.id).toBe('new')
    expect(streamOf(twice, 'nobody')).toBeNull()
    expect(presenceOf(null, stream({ state: 'answered' }))).toBe('online')
    expect(presenceOf(null, null)).toBe('offline')
  })
})

describe('the state of a tile', () => {
  const facts = { source: 'T1', stream: stream({}), session: 'connected' as const, lastFrameMs: 10_000, nowMs: 10_100, clockOffsetMs: 500 }

  it('is live while pictures come, even if the roster is behind', () => {
    expect(tileState(facts).kind).toBe('live')
    expect(tileState({ ...facts, stream: stream({ state: 'lost' }) }).kind).toBe('live')
  })

  it('says since when and on whose side the link is lost', () => {
    const later = { ...facts, nowMs: 10_000 + STILL_AFTER_MS }
    expect(tileState(later)).toEqual({ kind: 'lost', sinceMs: 10_500, whose: 'here' })
    const lost = stream({ state: 'lost', sinceMs: 77 })
    const silent = stream({ uplink: { kbps: 0, loss: 0, roundTripMs: null, width: 0, height: 0, fps: 0, silentMs: 6_000 } })
    expect(tileState({ ...later, stream: lost })).toEqual({ kind: 'lost', sinceMs: 10_500, whose: 'field' })
    expect(tileState({ ...later, stream: silent })).toEqual({ kind: 'lost', sinceMs: 10_500, whose: 'field' })
    expect(tileState({ ...later, stream: lost, lastFrameMs: null })).toEqual({ kind: 'lost', sinceMs: 77, whose: 'field' })
    expect(tileState({ ...later, stream: silent, lastFrameMs: null })).toEqual({ kind: 'lost', sinceMs: 7_000, whose: 'field' })
    expect([presenceOf(null, silent), presenceOf(null, lost)]).toEqual(['lost', 'lost'])
  })

  it('tells an empty place, an absent terminal, an ended stream and a refusal apart', () => {
    expect(tileState({ ...facts, source: null }).kind).toBe('empty')
    expect(tileState({ ...facts, stream: null, lastFrameMs: null }).kind).toBe('offline')
    expect(tileState({ ...facts, stream: null }).kind).toBe('ended')
    expect(tileState({ ...facts, session: 'refused' }).kind).toBe('refused')
    expect(tileState({ ...facts, lastFrameMs: null }).kind).toBe('connecting')
  })
})

describe('playback time', () => {
  const time = new PlaybackTime([
    { startS: 0, durationS: 2, utcMs: 100_000 },
    { startS: 2, durationS: 2, utcMs: 102_000 },
    { startS: 4, durationS: 2, utcMs: 134_000 },
  ])

  it('maps both ways, and a time in a gap to the first picture after it', () => {
    expect([time.toUtc(0), time.toUtc(3), time.toUtc(4), time.toUtc(99)]).toEqual([100_000, 103_000, 134_000, 136_000])
    expect([time.toPlayer(100_000), time.toPlayer(103_000), time.toPlayer(120_000), time.toPlayer(135_000)]).toEqual([0, 3, 4, 5])
    expect([time.toPlayer(1), time.toPlayer(999_999)]).toEqual([0, 6])
  })

  it('knows runs and gaps', () => {
    expect(time.runs).toEqual([{ startMs: 100_000, endMs: 104_000 }, { startMs: 134_000, endMs: 136_000 }])
    expect(time.gaps).toEqual([{ startMs: 104_000, endMs: 134_000 }])
    expect(time.span).toEqual({ startMs: 100_000, endMs: 136_000 })
  })

  it('has nothing to say of an empty playlist', () => {
    const empty = new PlaybackTime([])
    expect([empty.span, empty.toUtc(1), empty.toPlayer(1)]).toEqual([null, null, null])
  })

  it('finds a time of day inside of the span', () => {
    const hour = 3_600_000
    const span = { startMs: 23.5 * hour, endMs: 25 * hour } // over midnight, UTC
    expect(momentIn('23:45', span, 0)).toBe(23.75 * hour)
    expect(momentIn('00:30:10', span, 0)).toBe(24.5 * hour + 10_000)
    expect(momentIn('23:30', { ...span, startMs: span.startMs + 20_000 }, 0)).toBe(span.startMs + 20_000)
    expect(momentIn('7:45', { startMs: 0, endMs: hour }, 8 * 60 - 15)).toBe(0)
    expect([momentIn('12:00', span, 0), momentIn('25:00', span, 0), momentIn('noon', span, 0)]).toEqual([null, null, null])
    expect(placeOf(24 * hour, span, 300)).toBeCloseTo(100)
    expect(momentAt(100, span, 300)).toBe(24 * hour)
    expect([momentAt(-5, span, 300), momentAt(5, span, 0), placeOf(1, { startMs: 1, endMs: 1 }, 9)]).toEqual([span.startMs, span.startMs, 0])
  })

  it('marks whole steps of the local day', () => {
    const hour = 3_600_000
    expect(timeMarks({ startMs: 0.4 * hour, endMs: 3.2 * hour }, 4, 480)).toEqual([hour, 2 * hour, 3 * hour])
    expect(timeMarks({ startMs: 0, endMs: 60_000 }, 6, 0)).toEqual([0, 10_000, 20_000, 30_000, 40_000, 50_000, 60_000].filter((at) => at % 10_000 === 0))
  })
})
