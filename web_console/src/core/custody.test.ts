// What the custody log counts on.
import { expect, it } from 'vitest'
import { custodyOf } from './custody'

it('reads an act out of its line', () => {
  const line = JSON.stringify({ index: 7, utc_us: 2_000_000, actor: 'p1', actor_name: '李四', action: 'export.decide', subject: 'export:e:1', outcome: 'done', address: '10.0.0.1', detail: { approved: true } })
  expect(custodyOf(line)).toEqual({ index: 7, ms: 2000, actor: '李四', bySystem: false, action: 'export.decide', kind: 'export', subject: 'e:1', outcome: 'done', address: '10.0.0.1', detail: [['approved', 'true']], line })
})

it('leaves what it cannot read', () => {
  expect(custodyOf('{')).toBeNull()
  expect(custodyOf('7')).toBeNull()
  expect(custodyOf('{"action":"x","outcome":"new"}')).toBeNull()
})
