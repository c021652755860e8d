// Every code that the server may tell has words of its own.
import { expect, it } from 'vitest'
import document from '../../openapi.json'
import { caseStateWords, lackWords } from './cases'

it('has words for every lack and every state', () => {
  const { CaseLack, CaseEntry } = document.components.schemas
  const codes = CaseLack.properties.code.enum as Parameters<typeof lackWords>[0][]
  const states = CaseEntry.properties.state.enum as Parameters<typeof caseStateWords>[0][]
  const words = [...codes.map(lackWords), ...states.map(caseStateWords)]
  expect(codes.length).toBe(14)
  expect(new Set(words).size).toBe(words.length)
  expect(words.filter((one) => one.includes('case'))).toEqual([])
})
