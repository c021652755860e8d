// What the head of the page counts on when it says what is wrong with recording.
import { expect, it } from 'vitest'
import { changed, changeOf, isUrgent, nameOf, placeOf, type RecordingTrouble } from './troubles'

const disk: RecordingTrouble = { trouble: 'disk filling', subject: '0', department: '', sinceMs: 9, detail: '' }
const lost: RecordingTrouble = { trouble: 'enforcement not recorded', subject: 'e1/T0101', department: '01', sinceMs: 5, detail: '' }

it('has what is urgent first, each once, and none that is over', () => {
  const both = changed([disk], { ...lost, begins: true })
  expect(both).toEqual([lost, disk])
  expect(changed(both, { ...lost, sinceMs: 5, detail: 'more', begins: true })).toEqual([{ ...lost, detail: 'more' }, disk])
  expect(changed(both, { ...lost, begins: false })).toEqual([disk])
  expect(isUrgent(disk)).toBe(false)
  expect(isUrgent({ trouble: 'of a newer server' })).toBe(true)
})

it('leads to where one sees more', () => {
  expect(placeOf(lost)).toBe('/enforcements/e1')
  expect(placeOf(disk)).toBe('/retention/storage')
  expect(placeOf({ ...disk, trouble: 'seal broken', subject: 'r1' })).toBe('/play/r1')
  expect(placeOf({ ...disk, trouble: 'of a newer server' })).toBeNull()
  expect(nameOf('no time stamps')).toBe('no_time_stamps')
})

it('distrusts what comes over the line', () => {
  expect(changeOf({ trouble: 'disk full', subject: '0', department: '', begins: true, utc_us: 2000, detail: 'x' })).toEqual({ trouble: 'disk full', subject: '0', department: '', begins: true, sinceMs: 2, detail: 'x' })
  expect(changeOf({ trouble: 'disk full', begins: true })).toBeNull()
  expect(changeOf(null)).toBeNull()
})
