// The kept pictures: the list and where each one plays.
import type { Recording } from '@/core/model'
import { body, msOf, msOrNull, server, usOf, type Wire } from './client'

export interface RecordingQuery {
  readonly source: string | null
  readonly department: string | null
  readonly fromMs: number | null
  readonly toMs: number | null
  readonly cursor: string | null
}

export interface RecordingPage {
  readonly recordings: Recording[]
  readonly nextCursor: string | null
}

export const pageSize = 50

export async function fetchRecordings(query: RecordingQuery): Promise<RecordingPage> {
  const list = await body(
    server.GET('/api/v1/recordings', {
      params: {
        query: {
          source: query.source ?? undefined,
          department: query.department ?? undefined,
          from_utc_us: query.fromMs === null ? undefined : usOf(query.fromMs),
          to_utc_us: query.toMs === null ? undefined : usOf(query.toMs),
          cursor: query.cursor ?? undefined,
          limit: pageSize,
        },
      },
    }),
  )
  return { recordings: list.recordings.map(recordingOf), nextCursor: list.next_cursor }
}

export async function fetchRecording(id: string): Promise<Recording> {
  return recordingOf(await body(server.GET('/api/v1/recordings/{recording_id}', { params: { path: { recording_id: id } } })))
}

function recordingOf(entry: Wire['RecordingEntry']): Recording {
  return {
    id: entry.recording_id,
    source: entry.source,
    departmentId: entry.department_code,
    departmentName: { zh: entry.department_name, en: entry.department_name_en || entry.department_name },
    startedMs: msOf(entry.started_utc_us),
    endedMs: msOrNull(entry.ended_utc_us),
    open: entry.state === 'open',
    layer: entry.layer,
    keptS: entry.kept_us / 1e6,
    bytes: entry.bytes,
    gaps: entry.gaps,
    stillUrl: entry.thumbnail_url,
    playlistUrl: entry.playlist_url,
  }
}
