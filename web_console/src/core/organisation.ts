// Departments as a tree of paths, officers' certificates, enforcement items and who delegated them.
import type { Name, UtcMs } from './model'

export type UnitKind = 'county' | 'centre' | 'bureau' | 'township' | 'team'
export const unitKinds: readonly UnitKind[] = ['centre', 'bureau', 'township', 'team']

/** A department, a team below one, or the county itself (path ''). */
export interface Unit {
  readonly path: string
  readonly code: string
  readonly parent: string | null
  readonly name: Name
  readonly kind: UnitKind
  readonly closedMs: UtcMs | null
  readonly movedTo: string
  readonly version: number
}

export interface UnitRow extends Unit {
  readonly depth: number
  readonly hasBelow: boolean
}

export function depthOf(path: string): number {
  return path === '' ? 0 : path.split('/').length
}

/** '' and '13' for '13/02': what stands above, the county first. */
export function pathsAbove(path: string): string[] {
  const parts = path === '' ? [] : path.split('/')
  return parts.map((_, at) => parts.slice(0, at).join('/'))
}

export function isWithin(path: string, above: string): boolean {
  return above === '' || path === above || path.startsWith(`${above}/`)
}

/** In the tree's order; '/' sorts before digits, so that teams follow their department. */
export function unitRows(units: readonly Unit[], folded: ReadonlySet<string>, withClosed: boolean): UnitRow[] {
  const shown = units.filter((unit) => withClosed || unit.closedMs === null)
  const withBelow = new Set(shown.map((unit) => unit.parent))
  return shown
    .filter((unit) => !pathsAbove(unit.path).some((above) => folded.has(above)))
    .toSorted((one, other) => (one.path < other.path ? -1 : 1))
    .map((unit) => ({ ...unit, depth: depthOf(unit.path), hasBelow: withBelow.has(unit.path) }))
}

/** The next two digits that nobody has or had below this parent; null when all are used. */
export function freeCode(units: readonly Unit[], parent: string): string | null {
  const used = new Set(units.filter((unit) => unit.parent === parent).map((unit) => unit.code))
  for (let number = 1; number < 100; number++) {
    const code = String(number).padStart(2, '0')
    if (!used.has(code)) return code
  }
  return null
}

export type MayNotAct = 'left_service' | 'certificate_withdrawn' | 'certificate_expired' | 'certificate_not_yet_valid' | 'department_closed'

export interface Officer {
  readonly id: string
  readonly name: string
  readonly certificate: string
  readonly department: string
  /** Days by the county's calendar, as `2027-03-31`. */
  readonly validFrom: string | null
  readonly expiresOn: string
  readonly withdrawnOn: string | null
  readonly personId: string
  readonly closed: boolean
  readonly version: number
  readonly mayNotAct: MayNotAct | null
  readonly daysLeft: number
}

export type CertificateGrade = 'good' | 'near' | 'soon' | 'not'

/** A quarter before it ends it is to be renewed, a month before it is urgent. */
export function certificateGrade(officer: Pick<Officer, 'mayNotAct' | 'daysLeft'>): CertificateGrade {
  if (officer.mayNotAct !== null || officer.daysLeft < 0) return 'not'
  if (officer.daysLeft <= 30) return 'soon'
  return officer.daysLeft <= 90 ? 'near' : 'good'
}

export type ItemKind = 'penalty' | 'licensing' | 'compulsion' | 'inspection' | 'expropriation' | 'other'
export const itemKinds: readonly ItemKind[] = ['penalty', 'licensing', 'compulsion', 'inspection', 'expropriation', 'other']
export type QuestionType = 'law_application' | 'discretion_benchmark' | 'fact_finding' | 'procedure' | 'other'
export const questionTypes: readonly QuestionType[] = ['law_application', 'discretion_benchmark', 'fact_finding', 'procedure', 'other']

export interface Article {
  law: string
  article: string
  text: string
}

export interface Tier {
  circumstance: string
  tier: string
  range: string
}

export interface Item {
  readonly code: string
  readonly name: string
  readonly kind: ItemKind
  readonly department: string
  readonly basis: readonly Article[]
  readonly questionTypes: readonly QuestionType[]
  readonly tiers: readonly Tier[]
  readonly closed: boolean
  readonly version: number
}

export interface Delegation {
  readonly id: string
  readonly item: string
  readonly from: string
  readonly to: string
  readonly since: string
  readonly until: string | null
  readonly document: string
  readonly closed: boolean
  readonly inForce: boolean
  readonly version: number
}

export type ChangeKind = 'department' | 'officer' | 'item' | 'delegation'
export type ChangeWhat = 'created' | 'changed' | 'closed' | 'reopened'

export interface ImportChange {
  readonly kind: ChangeKind
  readonly key: string
  readonly name: string
  readonly what: ChangeWhat
  readonly differences: readonly (readonly [string, string])[]
}

export interface ImportReport {
  readonly revision: number
  readonly applied: boolean
  readonly created: number
  readonly changed: number
  readonly closed: number
  readonly reopened: number
  readonly unchanged: number
  readonly problems: readonly string[]
  readonly changes: readonly ImportChange[]
}

export function changesIn(report: ImportReport): number {
  return report.created + report.changed + report.closed + report.reopened
}
