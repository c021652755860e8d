// Marks of somebody who is there, against a server that ends what is not used.
import { describe, expect, it } from 'vitest'
import { Presence, presencePlan, type Input } from './presence'

const idleMs = 900_000
const ageMs = 12 * 3_600_000
const key: Input = { type: 'keydown', isTrusted: true }
const move = (screenX: number): Input => ({ type: 'pointermove', isTrusted: true, screenX, screenY: 5 })

function world() {
  const state = { now: 0, used: 0, marks: 0, looks: 0, away: false }
  const ends = () => ({ idleEndMs: Math.min(state.used + idleMs, ageMs), absoluteEndMs: ageMs })
  const presence = new Presence({
    mark: async () => {
      state.marks++
      if (state.away) throw new Error('away')
      state.used = state.now
      return ends()
    },
    look: async () => {
      state.looks++
      return ends()
    },
  })
  presence.begin(ends())
  return { state, presence, ends }
}

describe('the mark', () => {
  it('is sent at most once a minute, however much somebody types', async () => {
    const { state, presence } = world()
    for (state.now = 0; state.now < 600_000; state.now += 500) await presence.took(key, state.now)
    expect(state.marks).toBe(600_000 / presencePlan.markMs)
  })

  it('is not sent by a page alone: not by scripts, not by a picture that moves under a still pointer', async () => {
    const { state, presence } = world()
    for (state.now = 0; state.now < idleMs; state.now += 10_000) {
      await presence.took({ type: 'keydown', isTrusted: false }, state.now)
      await presence.took(move(7), state.now)
      await presence.tick(state.now)
    }
    expect(state.marks).toBe(0)
    expect(presence.leaving(state.now)).toEqual({ seconds: 0, mayStay: true })
    await presence.took(move(8), state.now)
    expect(state.marks).toBe(1)
  })

  it('is tried again soon when it did not arrive', async () => {
    const { state, presence } = world()
    state.away = true
    await presence.took(key, 0)
    state.away = false
    await presence.took(key, presencePlan.againMs - 1)
    expect(state.marks).toBe(1)
    await presence.took(key, presencePlan.againMs)
    expect(state.marks).toBe(2)
  })

  it('is not sent while nobody is signed in', async () => {
    const { state, presence } = world()
    presence.begin(null)
    await presence.took(key, 0)
    expect([state.marks, presence.leaving(idleMs)]).toEqual([0, null])
  })
})

describe('the warning', () => {
  it('comes a minute before, counts down, and goes at the first touch', async () => {
    const { state, presence } = world()
    expect(presence.leaving(idleMs - 60_001)).toBeNull()
    expect(presence.leaving(idleMs - 60_000)).toEqual({ seconds: 60, mayStay: true })
    expect(presence.leaving(idleMs - 1_500)).toEqual({ seconds: 2, mayStay: true })
    state.now = idleMs - 1_000
    await presence.took(key, state.now)
    expect(presence.leaving(state.now)).toBeNull()
  })

  it('does not come when another window is used: before it does, the server is asked', async () => {
    const { state, presence } = world()
    state.used = 800_000
    await presence.tick(idleMs - 60_001)
    expect(state.looks).toBe(0)
    await presence.tick(idleMs - 60_000)
    expect([state.looks, presence.leaving(idleMs)]).toEqual([1, null])
  })

  it('says when nothing helps, because the sign-in is as old as one may be', () => {
    const { state, presence, ends } = world()
    state.used = ageMs - 1_000
    presence.begin(ends())
    expect(presence.leaving(ageMs - 30_000)).toEqual({ seconds: 30, mayStay: false })
  })
})
