// Destruction lists: made by one, approved by two of different roles, stopped by any of three, carried out after days of waiting.
import type { UtcMs } from './model'

export type ListState = 'listed' | 'approved by one' | 'approved by two' | 'waiting' | 'done' | 'stopped'
export type ItemState = 'listed' | 'taken off' | 'purging' | 'purged'
export const itemStates: readonly ItemState[] = ['listed', 'taken off', 'purging', 'purged']

export interface Approval {
  readonly personId: string
  readonly name: string
  readonly roles: readonly string[]
  readonly ms: UtcMs
}

export interface Destruction {
  readonly id: string
  readonly department: string
  readonly state: ListState
  readonly reason: string
  readonly madeBy: string
  readonly madeById: string
  readonly madeMs: UtcMs
  readonly policy: string
  readonly approvals: readonly Approval[]
  /** Not before; 0 while it is not approved. */
  readonly purgeMs: UtcMs
  readonly endedBy: string | null
  readonly endedMs: UtcMs
  readonly endReason: string
}

export interface ListedItem {
  readonly id: string
  readonly source: string
  readonly openedMs: UtcMs
  readonly bytes: number
  readonly rule: string
  readonly untilMs: UtcMs
  readonly state: ItemState
  readonly reason: string
  readonly purgedMs: UtcMs
}

export interface DestructionDetail extends Destruction {
  readonly counts: Readonly<Partial<Record<ItemState, number>>>
  readonly bytes: Readonly<Partial<Record<ItemState, number>>>
  readonly items: readonly ListedItem[]
  readonly next: string | null
}

export interface DueRecording {
  readonly id: string
  readonly department: string
  readonly source: string
  readonly openedMs: UtcMs
  readonly bytes: number
  readonly rule: string
  readonly untilMs: UtcMs
}

export interface Approver {
  readonly id: string
  readonly roles: readonly string[]
}

const awaiting: readonly ListState[] = ['listed', 'approved by one']
const stoppable: readonly ListState[] = [...awaiting, 'approved by two', 'waiting']

export type Hindrance = 'made_it' | 'approved_it' | 'same_role'

/** Why this person does not approve it; null when they may, as far as the list goes. */
export function hindranceOf(one: Pick<Destruction, 'madeById' | 'approvals'>, me: Approver): Hindrance | null {
  if (one.madeById === me.id) return 'made_it'
  if (one.approvals.some((approval) => approval.personId === me.id)) return 'approved_it'
  return one.approvals.some((approval) => approval.roles.some((role) => me.roles.includes(role))) ? 'same_role' : null
}

export function awaitsApproval(one: Pick<Destruction, 'state'>): boolean {
  return awaiting.includes(one.state)
}

export function mayStop(one: Pick<Destruction, 'state'>): boolean {
  return stoppable.includes(one.state)
}

export const lifeSteps = ['made', 'first', 'second', 'waiting', 'done'] as const
const reached: Readonly<Record<Exclude<ListState, 'stopped'>, number>> = { listed: 1, 'approved by one': 2, 'approved by two': 3, waiting: 3, done: 5 }

/** In hours begun: six days and 23:59 are seven days to people. */
export function hoursBegun(ms: number): number {
  return Math.ceil(ms / 3_600_000) * 3_600_000
}

/** How many of the steps of its life are behind it. */
export function stepsDone(one: Pick<Destruction, 'state' | 'approvals'>): number {
  return one.state === 'stopped' ? 1 + one.approvals.length : reached[one.state]
}

export function waitLeftMs(one: Pick<Destruction, 'state' | 'purgeMs'>, nowMs: UtcMs): number | null {
  return one.state === 'waiting' && one.purgeMs > 0 ? Math.max(0, one.purgeMs - nowMs) : null
}

export function totalOf(counts: Readonly<Partial<Record<ItemState, number>>>): number {
  return itemStates.reduce((sum, state) => sum + (counts[state] ?? 0), 0)
}

/** Of one department is one list: the least one that has them all; '' is the county. */
export function commonDepartment(paths: readonly string[]): string {
  const [first, ...others] = paths.map((path) => (path === '' ? [] : path.split('/')))
  if (first === undefined) return ''
  const length = others.reduce((most, parts) => {
    let same = 0
    while (same < most && parts[same] === first[same]) same++
    return same
  }, first.length)
  return first.slice(0, length).join('/')
}
