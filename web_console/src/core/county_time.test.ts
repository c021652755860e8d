// The county’s clock, tested where the browser may stand anywhere.
import { describe, expect, it } from 'vitest'
import { countyInput, countyMidnight, countyMoment, countyOfPicker, msOfCountyInput, pickerOfCounty } from './county_time'

const LATE = Date.UTC(2026, 2, 31, 16, 30, 5) // half past midnight in the county, on the next day

describe('the county’s clock', () => {
  it('is eight hours ahead, wherever the browser stands', () => {
    expect(countyMoment(LATE)).toBe('2026-04-01 00:30:05')
    expect(msOfCountyInput(countyInput(LATE))).toBe(LATE - 5_000)
  })

  it('begins its days at its own midnight', () => {
    expect(countyMoment(countyMidnight(LATE))).toBe('2026-04-01 00:00:00')
    expect(countyMoment(countyMidnight(LATE, -1))).toBe('2026-03-31 00:00:00')
  })

  it('stands in a date picker as it is read', () => {
    expect(pickerOfCounty(LATE).getHours()).toBe(0)
    expect(countyOfPicker(pickerOfCounty(LATE))).toBe(LATE)
  })
})
