// One enforcement (一次执法) as the console has it: its life, its checklist, and what may be done with it now.
import type { Name, UtcMs } from './model'

export type EnforcementState = 'opened' | 'under_way' | 'finished' | 'filed' | 'cancelled'
export const enforcementStates: readonly EnforcementState[] = ['under_way', 'opened', 'finished', 'filed', 'cancelled']
export type EnforcementKind = 'penalty' | 'licensing' | 'compulsion' | 'inspection' | 'expropriation'
export const enforcementKinds: readonly EnforcementKind[] = ['penalty', 'licensing', 'compulsion', 'inspection', 'expropriation']
export type Standing = 'unrecorded' | 'running' | 'recorded' | 'excused'
export type RecordClass = 'scene' | 'interview' | 'confirmation'
export type CheckTrouble = 'battery_low' | 'battery_unknown' | 'storage_low' | 'storage_unknown' | 'clock_wrong' | 'clock_unknown'

export interface Party {
  readonly kind: 'person' | 'organisation'
  readonly name: string
  readonly identifier: string
  readonly masked: boolean
}

export interface TeamMember {
  readonly certificate: string
  readonly name: string
  readonly department: string
}

export type FaultCode = 'officers_too_few' | 'officer_may_not_act' | 'item_not_in_power' | 'department_unknown' | 'terminal_cannot_take_part' | 'opened_late'

/** What would have been refused, had it been heard in time. */
export interface Fault {
  readonly code: FaultCode
  readonly detail: string
}

export interface Enforcement {
  readonly id: string
  readonly department: string
  readonly departmentName: Name
  readonly state: EnforcementState
  readonly paused: boolean
  readonly kind: EnforcementKind
  readonly itemCode: string
  readonly itemName: string
  readonly officers: readonly TeamMember[]
  readonly terminals: readonly string[]
  readonly party: Party
  readonly place: string
  readonly position: { readonly lat: number; readonly lon: number } | null
  readonly openedMs: UtcMs
  readonly begunMs: UtcMs | null
  readonly finishedMs: UtcMs | null
  readonly filedMs: UtcMs | null
  readonly faults: readonly Fault[]
}

export interface ChecklistLine {
  readonly code: string
  readonly name: Name
  readonly start: string
  readonly end: string
  readonly mustShow: readonly string[]
  readonly recordClass: RecordClass
  readonly required: boolean
  readonly condition: string
  readonly standing: Standing
  readonly taken: boolean
  readonly missing: boolean
  readonly reason: string
}

export interface StepTaken {
  readonly step: string
  readonly begunMs: UtcMs
  readonly endedMs: UtcMs | null
  readonly covered: boolean
  readonly by: string
}

export interface Mark {
  readonly ms: UtcMs
  readonly text: string
  readonly important: boolean
  readonly by: string
}

export interface Pause {
  readonly fromMs: UtcMs
  readonly toMs: UtcMs | null
  readonly reason: string
  readonly resumeReason: string
}

/** What was measured before the start; null is what nobody knows. */
export interface Check {
  readonly battery: number | null
  readonly charging: boolean | null
  readonly storageFree: number | null
  readonly clockOffsetMs: number | null
}

export interface Thresholds {
  readonly battery: number
  readonly storageFree: number
  readonly clockOffsetMs: number
}

export interface EnforcementDetail extends Enforcement {
  readonly openedBy: string
  readonly check: Check | null
  readonly checkTroubles: readonly CheckTrouble[]
  readonly checkReason: string
  readonly finishReason: string
  readonly cancelReason: string
  readonly caseId: string
  readonly checklist: readonly ChecklistLine[]
  readonly steps: readonly StepTaken[]
  readonly marks: readonly Mark[]
  readonly pauses: readonly Pause[]
}

export interface UnderWay {
  readonly enforcement: Enforcement
  /** Both as they were when it was asked, by the server's clock. */
  readonly ageMs: number
  readonly silentMs: number | null
  readonly isSilent: boolean
}

export interface Choices {
  readonly items: readonly { readonly code: string; readonly name: string; readonly kind: string; readonly delegated: boolean }[]
  readonly officers: readonly TeamMember[]
  readonly terminals: readonly string[]
  readonly thresholds: Thresholds
}

export interface EnforcementFilter {
  readonly state: EnforcementState | ''
  readonly department: string
  readonly officer: string
  readonly item: string
  readonly party: string
  readonly fromMs: UtcMs | null
  readonly toMs: UtcMs | null
}

export const anyEnforcement: EnforcementFilter = { state: '', department: '', officer: '', item: '', party: '', fromMs: null, toMs: null }

/** What the state allows, before anybody's rights are asked. */
export function stepsOfLife(one: Pick<Enforcement, 'state' | 'paused'>) {
  const underWay = one.state === 'under_way'
  return {
    begin: one.state === 'opened',
    cancel: one.state === 'opened',
    step: underWay,
    mark: underWay,
    pause: underWay && !one.paused,
    resume: underWay && one.paused,
    finish: underWay,
    excuse: underWay || one.state === 'finished',
    file: one.state === 'finished',
  }
}

/** The required steps that nobody began and that have no reason: the finish asks why. */
export function wantsReason(detail: Pick<EnforcementDetail, 'checklist' | 'steps'>): ChecklistLine[] {
  const begun = new Set(detail.steps.map((taken) => taken.step))
  return detail.checklist.filter((line) => line.required && line.reason === '' && !begun.has(line.code))
}

/** Missing ones stand first of what is asked for; what only happens sometimes is last. */
export function inTurn(lines: readonly ChecklistLine[]): { readonly asked: ChecklistLine[]; readonly sometimes: ChecklistLine[] } {
  const sometimes = lines.filter((line) => !line.required && line.standing === 'unrecorded' && !line.missing)
  return { asked: lines.filter((line) => !sometimes.includes(line)), sometimes }
}

/** Several terminals begin with the worst that was measured on any; what one of them does not know is not known. */
export function worstOf(checks: readonly Check[]): Check {
  if (checks.length === 0) return { battery: null, charging: null, storageFree: null, clockOffsetMs: null }
  return checks.reduce((worst, one) => {
    const weaker = weakerBattery(worst, one) ? one : worst
    return {
      battery: weaker.battery,
      charging: weaker.charging,
      storageFree: worst.storageFree === null || one.storageFree === null ? null : Math.min(worst.storageFree, one.storageFree),
      clockOffsetMs: furtherOff(worst.clockOffsetMs, one.clockOffsetMs),
    }
  })
}

/** Power from outside makes up for a low battery. */
function weakerBattery(worst: Check, one: Check): boolean {
  const left = (check: Check) => (check.charging === true ? 100 : (check.battery ?? -1))
  return left(one) < left(worst)
}

function furtherOff(worst: number | null, one: number | null): number | null {
  if (worst === null || one === null) return null
  return Math.abs(one) > Math.abs(worst) ? one : worst
}

/** As the server warns of it: below (for the clock: beyond) the thresholds, or not known. */
export function troublesOf(check: Check, thresholds: Thresholds): CheckTrouble[] {
  const found: CheckTrouble[] = []
  if (check.charging !== true) {
    if (check.battery === null) found.push('battery_unknown')
    else if (check.battery < thresholds.battery) found.push('battery_low')
  }
  if (check.storageFree === null) found.push('storage_unknown')
  else if (check.storageFree < thresholds.storageFree) found.push('storage_low')
  if (check.clockOffsetMs === null) found.push('clock_unknown')
  else if (Math.abs(check.clockOffsetMs) > thresholds.clockOffsetMs) found.push('clock_wrong')
  return found
}

export type Moment =
  | { readonly what: 'step'; readonly ms: UtcMs; readonly endMs: UtcMs | null; readonly title: string; readonly covered: boolean }
  | { readonly what: 'mark'; readonly ms: UtcMs; readonly title: string; readonly important: boolean; readonly by: string }
  | { readonly what: 'pause'; readonly ms: UtcMs; readonly endMs: UtcMs | null; readonly title: string; readonly resumed: string }

/** Steps, marks and pauses by time, the newest first; `nameOf` says what a step is called. */
export function courseOf(detail: Pick<EnforcementDetail, 'steps' | 'marks' | 'pauses'>, nameOf: (step: string) => string): Moment[] {
  const moments: Moment[] = [
    ...detail.steps.map((one): Moment => ({ what: 'step', ms: one.begunMs, endMs: one.endedMs, title: nameOf(one.step), covered: one.covered })),
    ...detail.marks.map((one): Moment => ({ what: 'mark', ms: one.ms, title: one.text, important: one.important, by: one.by })),
    ...detail.pauses.map((one): Moment => ({ what: 'pause', ms: one.fromMs, endMs: one.toMs, title: one.reason, resumed: one.resumeReason })),
  ]
  return moments.toSorted((one, other) => other.ms - one.ms)
}
