// What is wrong with recording now: a list that changes by the server's word.
import type { UtcMs } from './model'

export const troubleNames = [
  'disk_filling', 'disk_full', 'writing_stopped', 'segment_suspect', 'disk_too_slow', 'not_copied', 'damaged', 'seal_broken', 'no_time_stamps',
  'master_contradicted', 'not_recorded', 'enforcement_not_recorded', 'clock_doubted', 'retention_policy_changed', 'retention_policy_wrong', 'purge_fails',
] as const
export type TroubleName = (typeof troubleNames)[number]

export interface RecordingTrouble {
  /** The server's word; a newer server may know others. */
  readonly trouble: string
  readonly subject: string
  readonly department: string
  readonly sinceMs: UtcMs
  readonly detail: string
}

export interface TroubleChange extends RecordingTrouble {
  readonly begins: boolean
}

export function nameOf(trouble: string): TroubleName | null {
  const name = trouble.replaceAll(' ', '_')
  return troubleNames.find((one) => one === name) ?? null
}

const urgent: ReadonlySet<TroubleName> = new Set(['disk_full', 'writing_stopped', 'disk_too_slow', 'damaged', 'seal_broken', 'master_contradicted', 'not_recorded', 'enforcement_not_recorded', 'purge_fails'])

/** Footage is being lost, or evidence is no more what it was. */
export function isUrgent(one: Pick<RecordingTrouble, 'trouble'>): boolean {
  const name = nameOf(one.trouble)
  return name === null || urgent.has(name)
}

const same = (one: RecordingTrouble, other: RecordingTrouble) => one.trouble === other.trouble && one.subject === other.subject

export function changed(list: readonly RecordingTrouble[], change: TroubleChange): RecordingTrouble[] {
  const others = list.filter((one) => !same(one, change))
  if (!change.begins) return others
  const { trouble, subject, department, sinceMs, detail } = change
  return inOrder([...others, { trouble, subject, department, sinceMs, detail }])
}

/** Urgent ones first, then the newest. */
export function inOrder(list: readonly RecordingTrouble[]): RecordingTrouble[] {
  return list.toSorted((one, other) => Number(isUrgent(other)) - Number(isUrgent(one)) || other.sinceMs - one.sinceMs)
}

const ofRecording: readonly (TroubleName | null)[] = ['writing_stopped', 'segment_suspect', 'disk_too_slow', 'damaged', 'seal_broken', 'master_contradicted']
const ofKeeping: readonly (TroubleName | null)[] = ['retention_policy_changed', 'retention_policy_wrong']
const ofDisk: readonly (TroubleName | null)[] = ['disk_filling', 'disk_full', 'clock_doubted', 'not_copied']

/** Where one sees more of it. */
export function placeOf(one: RecordingTrouble): string | null {
  const name = nameOf(one.trouble)
  if (ofRecording.includes(name)) return `/play/${one.subject}`
  if (name === 'enforcement_not_recorded') return `/enforcements/${one.subject.split('/')[0]}`
  if (name === 'not_recorded') return '/wall'
  if (name === 'purge_fails') return '/retention/destructions'
  if (ofKeeping.includes(name)) return '/retention/policy'
  return ofDisk.includes(name) ? '/retention/storage' : null
}

/** Null for what is no such message. */
export function changeOf(body: unknown): TroubleChange | null {
  const told = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}
  const { trouble, subject, department, begins, utc_us: utcUs, detail } = told
  if (typeof trouble !== 'string' || typeof subject !== 'string' || typeof begins !== 'boolean') return null
  return {
    trouble,
    subject,
    department: typeof department === 'string' ? department : '',
    begins,
    sinceMs: typeof utcUs === 'number' ? Math.round(utcUs / 1000) : 0,
    detail: typeof detail === 'string' ? detail : '',
  }
}
