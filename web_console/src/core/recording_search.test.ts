// What the pages count on, without a page.
import { describe, expect, it } from 'vitest'
import { anyRecording, filterOfQuery, furtherOf, playPath, queryOfFilter, rectangleOf, type SearchFilter } from './recording_search'

describe('a filter and the address', () => {
  const whole: SearchFilter = {
    text: '违建 东街', department: 'chengguan', terminal: 'T0101', officer: '甘G1', enforcement: 'e', item: 'P01', kind: 'penalty', step: 'scene', case: '〔2026〕1号',
    party: '', place: '38.9,100.4,500', state: 'sealed', fault: 'black', held: 'no', missing: true, unlinked: true, fromMs: 1_700_000_000_000, toMs: 1_700_000_100_000,
  }

  it('comes back as it went', () => {
    expect(filterOfQuery(queryOfFilter(whole))).toEqual(whole)
    expect(queryOfFilter(anyRecording)).toEqual({})
    expect(filterOfQuery({})).toEqual(anyRecording)
  })

  it('keeps the name of a party out of it', () => {
    expect(JSON.stringify(queryOfFilter({ ...whole, party: '张三' }))).not.toContain('张三')
  })

  it('takes nonsense for nothing', () => {
    const query = { state: 'gone', kind: '<b>', fault: ['black'], held: 'maybe', from: '1e9', to: '-1', missing: 'true' }
    expect(filterOfQuery(query)).toEqual(anyRecording)
  })

  it('counts what the second line narrows', () => {
    expect(furtherOf(anyRecording)).toBe(0)
    expect(furtherOf({ ...anyRecording, text: 'x', case: '1', missing: true })).toBe(2)
  })
})

describe('a place', () => {
  it('is a rectangle in any order', () => {
    expect(rectangleOf('38.9 38.8，100.5,100.3')).toEqual({ minLat: 38.8, maxLat: 38.9, minLon: 100.3, maxLon: 100.5 })
  })

  it('is a point and metres around it', () => {
    const found = rectangleOf('38.9, 100.4, 1000')
    expect(found?.maxLat).toBeCloseTo(38.90898, 4)
    expect(found?.maxLon).toBeCloseTo(100.41154, 4) // wider in degrees, away from the equator
  })

  it('is nothing else', () => {
    for (const wrong of ['', '38.9', '38.9,100.4', '38.9,100.4,-5', '38.9,x,500', '91,92,1,2', '89.9,0,500']) expect(rectangleOf(wrong)).toBeNull()
  })
})

it('plays one, or up to four', () => {
  expect(playPath(['a'])).toBe('/play/a')
  expect(playPath(['a', 'b', 'c', 'd', 'e'])).toBe('/play/a?with=b,c,d')
})
