// Several sources stay in step by wall clock.
import { describe, expect, it } from 'vitest'
import { correctionOf, DRIFT_MOST_MS, leadAt, leftOut, worstDrift } from './in_step'

/** Runs a picture that begins `driftMs` ahead and is corrected every `everyMs`; its drift in the end. */
function after(driftMs: number, speed: number, steps: number, everyMs = 100): number {
  let drift = driftMs
  for (let step = 0; step < steps; step++) {
    const found = correctionOf(drift, true, speed)
    drift = found.kind === 'seek' ? 0 : drift + everyMs * speed * (found.trim - 1)
  }
  return drift
}

describe('a picture that is out of step', () => {
  it('runs slower when it is ahead, faster when it is behind', () => {
    expect(correctionOf(150, true, 1)).toEqual({ kind: 'trim', trim: 0.85 })
    expect(correctionOf(-150, true, 1)).toEqual({ kind: 'trim', trim: 1.15 })
    expect(correctionOf(900, true, 1)).toEqual({ kind: 'trim', trim: 0.8 })
  })

  it('is left alone when it is close, jumps when it is far or stands still', () => {
    expect(correctionOf(30, true, 1)).toEqual({ kind: 'trim', trim: 1 })
    expect(correctionOf(1_001, true, 1)).toEqual({ kind: 'seek' })
    expect(correctionOf(60, false, 1)).toEqual({ kind: 'seek' })
    expect(correctionOf(4_000, true, 8).kind).toBe('trim')
  })

  it('comes within what is promised, at every speed, from either side, and never overshoots', () => {
    for (const speed of [0.5, 1, 2, 4, 8, 16])
      for (const begun of [-3_000, -900, -300, 300, 900, 3_000]) {
        const left = after(begun, speed, 100)
        expect(Math.abs(left)).toBeLessThan(DRIFT_MOST_MS)
        expect(left * begun).toBeGreaterThanOrEqual(0)
      }
  })

  it('is shown by the worst of all', () => {
    expect(worstDrift([])).toBeNull()
    expect(worstDrift([null, null])).toBeNull()
    expect(worstDrift([20, -180, null])).toBe(180)
  })
})

describe('who leads on', () => {
  const runs = new Map([['a', [{ startMs: 0, endMs: 100 }, { startMs: 400, endMs: 500 }]], ['b', [{ startMs: 50, endMs: 300 }]]])

  it('shows the moment, or the next one that anybody shows', () => {
    expect(leadAt(200, runs)).toEqual({ key: 'b', atMs: 200 })
    expect(leadAt(350, runs)).toEqual({ key: 'a', atMs: 400 })
    expect(leadAt(60, runs)).toEqual({ key: 'a', atMs: 60 })
    expect(leadAt(500, runs)).toBeNull()
    expect(leadAt(0, new Map())).toBeNull()
  })

  it('is asked when the leading one has left something out, not when it plays fast', () => {
    expect([leftOut(0, 100, 100, 1), leftOut(0, 1_600, 100, 16), leftOut(0, 40_000, 100, 1), leftOut(40_000, 0, 100, 1)]).toEqual([false, false, true, false])
  })
})
