// What the pages of enforcements count on: what a state allows, what the finish asks for, the check before the start.
import { describe, expect, it } from 'vitest'
import { courseOf, inTurn, stepsOfLife, troublesOf, wantsReason, worstOf, type Check, type ChecklistLine } from './enforcements'

function line(code: string, more: Partial<ChecklistLine> = {}): ChecklistLine {
  return { code, name: { zh: code, en: code }, start: '', end: '', mustShow: [], recordClass: 'scene', required: true, condition: '', standing: 'unrecorded', taken: false, missing: true, reason: '', ...more }
}
const well: Check = { battery: 80, charging: false, storageFree: 64e9, clockOffsetMs: 5 }
const thresholds = { battery: 30, storageFree: 8e9, clockOffsetMs: 2000 }

it('allows what the state allows', () => {
  const allowed = (state: Parameters<typeof stepsOfLife>[0]['state'], paused = false) => Object.entries(stepsOfLife({ state, paused })).filter(([, may]) => may).map(([what]) => what)
  expect(allowed('opened')).toEqual(['begin', 'cancel'])
  expect(allowed('under_way')).toEqual(['step', 'mark', 'pause', 'finish', 'excuse'])
  expect(allowed('under_way', true)).toEqual(['step', 'mark', 'resume', 'finish', 'excuse'])
  expect(allowed('finished')).toEqual(['excuse', 'file'])
  expect(allowed('filed')).toEqual([])
})

it('asks a reason only for required steps that nobody began', () => {
  const checklist = [line('a'), line('b', { standing: 'running' }), line('c', { standing: 'excused', reason: '拒签' }), line('d', { required: false }), line('e', { taken: true })]
  const taken = (step: string) => ({ step, begunMs: 1, endedMs: null, covered: false, by: '' })
  expect(wantsReason({ checklist, steps: [taken('b'), taken('e')] }).map((one) => one.code)).toEqual(['a'])
})

it('puts what only happens sometimes apart, until it happens', () => {
  const lines = [line('a'), line('b', { required: false, missing: false }), line('c', { required: false, missing: false, standing: 'running' }), line('d', { required: false, missing: true, taken: true })]
  const { asked, sometimes } = inTurn(lines)
  expect([asked.map((one) => one.code), sometimes.map((one) => one.code)]).toEqual([['a', 'c', 'd'], ['b']])
})

describe('the check before the start', () => {
  it('warns below the thresholds and of what is not known', () => {
    expect(troublesOf(well, thresholds)).toEqual([])
    expect(troublesOf({ battery: 20, charging: false, storageFree: 1, clockOffsetMs: -5000 }, thresholds)).toEqual(['battery_low', 'storage_low', 'clock_wrong'])
    expect(troublesOf(worstOf([]), thresholds)).toEqual(['battery_unknown', 'storage_unknown', 'clock_unknown'])
    expect(troublesOf({ ...well, battery: 5, charging: true }, thresholds)).toEqual([])
  })

  it('begins with the worst of several terminals', () => {
    const other: Check = { battery: 40, charging: true, storageFree: 9e9, clockOffsetMs: -900 }
    expect(worstOf([other, well])).toEqual({ battery: 80, charging: false, storageFree: 9e9, clockOffsetMs: -900 })
    expect(worstOf([well, { ...well, battery: null, storageFree: null }])).toEqual({ battery: null, charging: false, storageFree: null, clockOffsetMs: 5 })
  })
})

it('tells the course by time, the newest first', () => {
  const steps = [{ step: 'sign', begunMs: 10, endedMs: 20, covered: true, by: '' }]
  const marks = [{ ms: 15, text: '封条', important: true, by: 'x' }]
  const pauses = [{ fromMs: 12, toMs: null, reason: '换电池', resumeReason: '' }]
  expect(courseOf({ steps, marks, pauses }, (step) => `<${step}>`).map((one) => [one.what, one.title])).toEqual([['mark', '封条'], ['pause', '换电池'], ['step', '<sign>']])
})
