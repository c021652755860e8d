// What a case file still lacks and in which state it is, as people read it: a code without words does not compile.
import type { components } from '@/api/schema'
import { text } from './text'

type Schemas = components['schemas']

export const lackWords = (code: Schemas['CaseLack']['code']) => text(`caseLack.${code}`)
export const caseStateWords = (state: Schemas['CaseEntry']['state']) => text(`caseState.${state}`)
