// What is wrong with recording now: where somebody goes to see to it.
import type { UtcMs } from './model'

export interface RecordingTrouble {
  readonly trouble: string
  readonly subject: string
  readonly department: string
  readonly sinceMs: UtcMs
}

const ofRecordings = new Set(['writing stopped', 'segment suspect', 'disk too slow', 'damaged', 'seal broken', 'master contradicted'])
/** Of keeping and destroying: whoever searches can do nothing about them. */
const ofRetention = new Set(['clock doubted', 'retention policy changed', 'retention policy wrong', 'purge fails'])
const IDENTITY = /^[A-Za-z0-9_-]{8,64}$/

export function ofRecording(one: RecordingTrouble): boolean {
  return !ofRetention.has(one.trouble)
}

export interface Whereto {
  readonly path: string
  /** A terminal's number; empty: of a recording. */
  readonly source: string
}

/** Null: nothing has a page of its own, as a disk. */
export function wheretoOf(one: RecordingTrouble): Whereto | null {
  const [id = '', source = ''] = one.subject.split('/')
  if (!IDENTITY.test(id)) return null
  if (one.trouble === 'enforcement not recorded') return { path: `/enforcements/${id}`, source }
  return ofRecordings.has(one.trouble) ? { path: `/play/${id}`, source: '' } : null
}
