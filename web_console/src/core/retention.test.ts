// What the pages of keeping count on.
import { expect, it } from 'vitest'
import { daysUntil, termOf, usedPercent, whyKeptOf } from './retention'

it('reads the term of a rule', () => {
  expect(termOf('6')).toEqual({ months: 6 })
  expect(termOf('permanent')).toBe('permanent')
  expect(termOf('as_case_file')).toBe('as_case_file')
  expect(termOf('6 months')).toBeNull()
})

it('shows how full a disk is, and never more than full', () => {
  expect(usedPercent({ totalBytes: 1000, freeBytes: 150 })).toBe(85)
  expect(usedPercent({ totalBytes: 3, freeBytes: 2 })).toBe(33.3)
  expect(usedPercent({ totalBytes: 0, freeBytes: 0 })).toBe(0)
  expect(usedPercent({ totalBytes: 10, freeBytes: -1 })).toBe(100)
})

it('counts whole days', () => {
  expect(daysUntil(86_400_000 * 3 - 1, 0)).toBe(2)
  expect(daysUntil(0, 5)).toBe(0)
})

it('knows the sentences of why something is kept', () => {
  expect(whyKeptOf('it is held')).toBe('held')
  expect(whyKeptOf('it is linked to a case (case_file)')).toBe('case')
  expect(whyKeptOf('it is kept without end (permanent)')).toBe('endless')
  expect(whyKeptOf('it is open, not sealed')).toBe('not_sealed')
  expect(whyKeptOf('it is not what was sealed, and whoever decides must see that first: x')).toBe('damaged')
  expect(whyKeptOf('something new')).toBeNull()
})
