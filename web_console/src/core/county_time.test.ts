// The county’s clock, tested where the browser may stand anywhere.
import { describe, expect, it } from 'vitest'
import { countyInput, countyMidnight, countyMoment, countyOfPicker, countySeconds, msOfCountyInput, pickerOfCounty, spanOfDays } from './county_time'

const LATE = Date.UTC(2026, 2, 31, 16, 30, 5) // half past midnight in the county, on the next day

describe('the county’s clock', () => {
  it('is eight hours ahead, wherever the browser stands', () => {
    expect(countyMoment(LATE)).toBe('2026-04-01 00:30:05')
    expect(msOfCountyInput(countyInput(LATE))).toBe(LATE - 5_000)
  })

  it('writes seconds where an exhibit is cut by them', () => {
    expect(countySeconds(LATE)).toBe('2026-04-01T00:30:05')
    expect(msOfCountyInput(countySeconds(LATE))).toBe(LATE)
  })

  it('takes days whole, the last one too', () => {
    const midnight = LATE - 30 * 60_000 - 5_000
    expect(spanOfDays('2026-04-01', '2026-04-02')).toEqual({ fromMs: midnight, toMs: midnight + 2 * 86_400_000 })
    expect(spanOfDays('', '2026-04-01')).toEqual({ fromMs: null, toMs: midnight + 86_400_000 })
    expect(spanOfDays('2026', '')).toEqual({ fromMs: null, toMs: null })
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
