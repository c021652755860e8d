// What is wrong with recording now.
import type { RecordingTrouble } from '@/core/recording_troubles'
import { body, msOf, server } from './client'

export async function fetchRecordingTroubles(): Promise<readonly RecordingTrouble[]> {
  const list = await body(server.GET('/api/v1/archive/troubles'))
  return list.troubles.map((one) => ({ trouble: one.trouble, subject: one.subject, department: one.department, sinceMs: msOf(one.since_utc_us) }))
}
