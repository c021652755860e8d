// What the pages of cases count on: moves by state, what counts before what was withdrawn, lacks by what they are about.
import { expect, it } from 'vitest'
import { byAbout, movesOf, standingFirst, type CaseLink } from './cases'

it('moves as the life allows', () => {
  expect([movesOf('opened').moves, movesOf('filled').moves, movesOf('closed').moves]).toEqual([['fill'], ['close'], ['reopen']])
  expect([movesOf('closed').change, movesOf('reopened').change]).toEqual([false, true])
})

it('shows what counts before what was withdrawn', () => {
  const link = (id: string, ms: number, withdrawnMs: number | null): CaseLink => ({ id, ms, by: '', withdrawnMs, withdrawnBy: '', why: '', thing: 'recording', thingId: id })
  expect(standingFirst([link('a', 1, 5), link('b', 3, null), link('c', 2, null)]).map((one) => one.id)).toEqual(['c', 'b', 'a'])
})

it('groups lacks, the case itself first', () => {
  const groups = byAbout([{ code: 'no_exhibit', about: '', detail: '' }, { code: 'step_unrecorded', about: 'e', detail: 'sign' }, { code: 'no_decision_date', about: '', detail: '' }])
  expect(groups.map((group) => [group.about, group.lacks.length])).toEqual([['', 2], ['e', 1]])
})
