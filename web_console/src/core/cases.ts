// Case files (案卷): what they say, what is linked to them, what they lack, and what may be done with them now.
import type { Name, UtcMs } from './model'

export type CaseState = 'opened' | 'filled' | 'closed' | 'reopened'
export const caseStates: readonly CaseState[] = ['opened', 'filled', 'closed', 'reopened']
export type Thing = 'recording' | 'enforcement'
export type KeptFor = 'years' | 'permanent' | 'until'
export type LackCode =
  | 'no_enforcement' | 'no_recording' | 'no_decision_date' | 'decided_before_filed' | 'too_few_officers' | 'no_exhibit' | 'no_confirmation_exhibit'
  | 'enforcement_unfinished' | 'step_unrecorded' | 'coverage_unexplained' | 'recording_open' | 'recording_unsealed' | 'recording_gone' | 'exhibit_outside'

export interface CaseParty {
  readonly kind: 'person' | 'organisation'
  readonly name: string
  readonly identifier: string
}

export interface Kept {
  readonly for: KeptFor
  readonly years: number
  readonly until: string | null
}

export interface CaseEntry {
  readonly id: string
  readonly number: string
  readonly department: string
  readonly departmentName: Name
  readonly year: number
  readonly cause: string
  readonly party: CaseParty
  /** By certificate number. */
  readonly officers: readonly string[]
  /** Days by the county's calendar. */
  readonly filedOn: string
  readonly decidedOn: string | null
  readonly kept: Kept
  readonly state: CaseState
  readonly closedOn: string | null
  readonly keptUntil: string | null
  readonly openedMs: UtcMs
  readonly changedMs: UtcMs
  readonly version: number
}

/** Something that was put into the file; what was taken out again stays to be read. */
export interface Part {
  readonly id: string
  readonly ms: UtcMs
  readonly by: string
  readonly withdrawnMs: UtcMs | null
  readonly withdrawnBy: string
  readonly why: string
}

export interface CaseLink extends Part {
  readonly thing: Thing
  readonly thingId: string
}

export interface Exhibit extends Part {
  readonly recordingId: string
  readonly fromMs: UtcMs | null
  readonly toMs: UtcMs | null
  readonly proves: string
}

export interface CaseDetail extends CaseEntry {
  readonly openedBy: string
  readonly filledReason: string
  readonly links: readonly CaseLink[]
  readonly exhibits: readonly Exhibit[]
}

/** A recording of the case, linked itself or by what it shows. */
export interface Footage {
  readonly id: string
  readonly source: string
  readonly state: 'open' | 'closed' | 'sealed' | 'held' | 'purged'
  readonly startedMs: UtcMs
  /** While open: as far as it was kept. */
  readonly endedMs: UtcMs
}

export interface Lack {
  readonly code: LackCode
  /** Of which enforcement, recording or exhibit; empty: of the case. */
  readonly about: string
  readonly detail: string
}

export interface CaseFilter {
  readonly state: CaseState | ''
  readonly department: string
  readonly year: string
  readonly number: string
  readonly officer: string
  readonly cause: string
}

export const anyCase: CaseFilter = { state: '', department: '', year: '', number: '', officer: '', cause: '' }

export type Move = 'fill' | 'close' | 'reopen'

/** What the state allows, before anybody's rights are asked. */
export function movesOf(state: CaseState): { readonly change: boolean; readonly moves: readonly Move[] } {
  const moves: Readonly<Record<CaseState, readonly Move[]>> = { opened: ['fill'], filled: ['close'], closed: ['reopen'], reopened: ['close'] }
  return { change: state !== 'closed', moves: moves[state] }
}

/** Those that count, then those that were withdrawn. */
export function standingFirst<T extends Part>(parts: readonly T[]): T[] {
  return parts.toSorted((one, other) => Number(one.withdrawnMs !== null) - Number(other.withdrawnMs !== null) || one.ms - other.ms)
}

export interface LackGroup {
  readonly about: string
  readonly lacks: readonly Lack[]
}

/** By what they are about, in the order in which people mend them: the case itself is first. */
export function byAbout(lacks: readonly Lack[]): LackGroup[] {
  const groups = new Map<string, Lack[]>()
  for (const lack of lacks) groups.set(lack.about, [...(groups.get(lack.about) ?? []), lack])
  return [...groups].map(([about, members]) => ({ about, lacks: members }))
}
