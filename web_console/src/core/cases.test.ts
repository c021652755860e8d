// What the pages of cases count on: moves by state, what counts before what was withdrawn, lacks by what they are about.
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { byAbout, caseStates, movesOf, standingFirst, type CaseLink } from './cases'

/** The server's own table: from which state which happening is taken. */
function serverMoves(): ReadonlyMap<string, readonly string[]> {
  const model = readFileSync(new URL('../../../dispatch_server/cases/model.py', import.meta.url), 'utf8')
  const moves = new Map<string, string[]>()
  for (const [, state = '', what = ''] of model.matchAll(/\(State\.(\w+), Happening\.(\w+)\): State\.\w+/g)) moves.set(state.toLowerCase(), [...(moves.get(state.toLowerCase()) ?? []), what.toLowerCase()])
  return moves
}

it('offers in every state what the server takes, and nothing else', () => {
  const taken = serverMoves()
  expect([...taken.keys()].toSorted()).toEqual([...caseStates].toSorted())
  for (const state of caseStates) expect(movesOf(state).moves, state).toEqual(taken.get(state))
})

it('changes nothing in what is closed', () => {
  expect(caseStates.filter((state) => !movesOf(state).change)).toEqual(['closed'])
})

it('shows what counts before what was withdrawn', () => {
  const link = (id: string, ms: number, withdrawnMs: number | null): CaseLink => ({ id, ms, by: '', withdrawnMs, withdrawnBy: '', why: '', thing: 'recording', thingId: id })
  expect(standingFirst([link('a', 1, 5), link('b', 3, null), link('c', 2, null)]).map((one) => one.id)).toEqual(['c', 'b', 'a'])
})

it('groups lacks, the case itself first', () => {
  const groups = byAbout([{ code: 'no_exhibit', about: '', detail: '' }, { code: 'step_unrecorded', about: 'e', detail: 'sign' }, { code: 'no_decision_date', about: '', detail: '' }])
  expect(groups.map((group) => [group.about, group.lacks.length])).toEqual([['', 2], ['e', 1]])
})
