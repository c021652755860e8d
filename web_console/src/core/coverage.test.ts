// What the strip of coverage counts on.
import { expect, it } from 'vitest'
import { coverageText, missingOf, placed, type Run } from './coverage'

const run = (fromMs: number, toMs: number, kind: Run['kind'], reason = ''): Run => ({ fromMs, toMs, kind, reason, stated: false })
const runs = [run(1000, 1500, 'live'), run(1500, 1501, 'missing', 'a'), run(1501, 1700, 'backfilled'), run(1700, 2000, 'missing', 'b')]

it('draws runs over the whole width, none too thin to be seen', () => {
  expect(placed(runs, 100).map((one) => [Math.round(one.x), Math.round(one.width * 10) / 10])).toEqual([[0, 50], [50, 1.5], [50, 19.9], [70, 30]])
  expect(placed([], 100)).toEqual([])
})

it('says 100% only of what is whole', () => {
  expect([1000, 999.9, 998.9, 990, 0].map(coverageText)).toEqual(['100%', '99.9%', '99.8%', '99.0%', '0.0%'])
})

it('tells the longest first', () => {
  expect(missingOf({ source: '', perMille: 1, missingMs: 1, statedMs: 0, runs }).map((one) => one.reason)).toEqual(['b', 'a'])
})
