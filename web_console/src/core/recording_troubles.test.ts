// Where a trouble of recording leads to.
import { expect, it } from 'vitest'
import { ofRecording, wheretoOf } from './recording_troubles'

const of = (trouble: string, subject: string) => wheretoOf({ trouble, subject, department: '', sinceMs: 0 })

it('leads to the enforcement or the recording, and nowhere for a disk', () => {
  expect(of('enforcement not recorded', '0190aaaa-bbbb/T0201')).toEqual({ path: '/enforcements/0190aaaa-bbbb', source: 'T0201' })
  expect(of('damaged', '0190aaaa-bbbb')).toEqual({ path: '/play/0190aaaa-bbbb', source: '' })
  expect(of('disk full', '0')).toBeNull()
  expect(of('not recorded', 'a1b2c3d4e5f6')).toBeNull()
  expect(of('damaged', '../../etc')).toBeNull()
})

it('tells whoever searches nothing of the time that recordings are kept for', () => {
  const troubles = ['clock doubted', 'damaged', 'purge fails', 'disk full'].map((trouble) => ({ trouble, subject: '', department: '', sinceMs: 0 }))
  expect(troubles.filter(ofRecording).map((one) => one.trouble)).toEqual(['damaged', 'disk full'])
})
