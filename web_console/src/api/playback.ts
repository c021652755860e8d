// What playing needs beside the pictures: the purpose, the timeline, thumbnails, notes, proof, what is made from a recording.
import type { NewDerivative, Derivative, Proof, Still, Viewing, ViewingKind } from '@/core/playback'
import { holesOf, runsOf, type Lane, type Moment, type Run, type Timeline } from '@/core/timeline'
import { body, msOf, msOrNull, server, usOf, type Wire } from './client'

export type Wanted = { readonly recordings: readonly string[] } | { readonly enforcement: string }

export async function openViewing(wanted: Wanted, kind: ViewingKind, purpose: string): Promise<Viewing> {
  const what = 'enforcement' in wanted ? { enforcement_id: wanted.enforcement, recording_ids: [] } : { recording_ids: [...wanted.recordings] }
  const made = await body(server.POST('/api/v1/viewings', { body: { ...what, kind, purpose } }))
  return fetchViewing(made.viewing_id)
}

export async function fetchViewing(id: string): Promise<Viewing> {
  const one = await body(server.GET('/api/v1/viewings/{viewing_id}', { params: { path: { viewing_id: id } } }))
  return { id: one.viewing_id, watermark: one.watermark.filter((line) => line !== '') }
}

export async function fetchEnforcementTimeline(id: string): Promise<Timeline> {
  return timelineOf(await body(server.GET('/api/v1/enforcements/{enforcement_id}/timeline', { params: { path: { enforcement_id: id } } })))
}

export async function fetchRecordingTimeline(id: string): Promise<Timeline> {
  const path = `/api/v1/recordings/${id}/playlist.m3u8`
  return timelineOf(await body(server.GET('/api/v1/recordings/{recording_id}/timeline', { params: { path: { recording_id: id } } })), path)
}

export async function fetchStills(recording: string): Promise<readonly Still[]> {
  const list = await body(server.GET('/api/v1/recordings/{recording_id}/thumbnails', { params: { path: { recording_id: recording } } }))
  return list.thumbnails.map((one) => ({ ms: msOf(one.utc_us), url: one.url }))
}

export async function addNote(recording: string, ms: number, words: string, important: boolean): Promise<void> {
  await body(server.POST('/api/v1/recordings/{recording_id}/notes', { params: { path: { recording_id: recording } }, body: { utc_us: usOf(ms), text: words, important } }))
}

export async function withdrawNote(recording: string, note: string, reason: string): Promise<void> {
  await body(server.POST('/api/v1/recordings/{recording_id}/notes/{note_id}/withdrawal', { params: { path: { recording_id: recording, note_id: note } }, body: { reason } }))
}

export async function fetchProof(recording: string): Promise<Proof> {
  const one = await body(server.GET('/api/v1/recordings/{recording_id}/proof', { params: { path: { recording_id: recording } } }))
  return {
    state: one.state,
    sealedMs: msOrNull(one.sealed_utc_us),
    stampedMs: msOrNull(one.stamped_utc_us),
    scrubbedMs: msOrNull(one.scrubbed_utc_us),
    damage: one.damage,
    seal: one.seal ? { algorithm: one.seal.algorithm, chain: one.seal.chain, fragments: one.seal.fragments, segments: one.seal.segments, signature: one.seal.signature, sm3: one.seal.sm3 } : null,
    key: one.key?.kid ?? one.seal?.key ?? '',
  }
}

export async function placeHold(recordings: readonly string[], reason: string): Promise<void> {
  await body(server.POST('/api/v1/holds', { body: { recordings: [...recordings], reason } }))
}

export async function makeDerivative(wish: NewDerivative): Promise<void> {
  const { recording: recording_id, kind, fromMs, toMs, mark } = wish
  await body(server.POST('/api/v1/derivatives', { body: { recording_id, kind, from_utc_us: usOf(fromMs), to_utc_us: usOf(toMs), mark, picture: 'png', purpose: '' } }))
}

export async function fetchDerivatives(recording: string): Promise<readonly Derivative[]> {
  const list = await body(server.GET('/api/v1/derivatives', { params: { query: { recording_id: recording, limit: 50 } } }))
  return list.derivatives.map((one) => ({
    id: one.derivative_id, kind: one.kind, state: one.state, progress: one.progress, fromMs: msOf(one.from_utc_us), toMs: msOf(one.to_utc_us),
    bytes: one.bytes, by: one.made_name, note: one.note, sha256: one.sha256, url: one.content_url, needsExport: one.needs_export, originUrl: one.origin_url,
  }))
}

/** An end that is so close is no end. */
const NOW_US = 1_000_000

function timelineOf(one: Wire['Timeline'], playlist?: string): Timeline {
  const span = spanOf(one)
  const lanes = one.sources.map((source) => laneOf(source, span, playlist))
  const live = one.server_utc_us - one.to_utc_us < NOW_US
  return { span, lanes, moments: momentsOf(one, lanes), enforcements: one.enforcement_ids.filter((id) => id !== ''), live }
}

const spanOf = (one: { from_utc_us: number; to_utc_us: number }) => ({ startMs: msOf(one.from_utc_us), endMs: msOf(one.to_utc_us) })

function laneOf(one: Wire['TimelineSource'], span: { startMs: number; endMs: number }, playlist?: string): Lane {
  const runs: readonly Run[] =
    one.coverage?.runs.map((run) => ({ ...spanOf(run), kind: run.kind, reason: run.reason, stated: run.stated })) ??
    runsOf(one.plays.map((each) => ({ ...spanOf(each), origin: each.origin })), one.gaps.map((gap) => ({ ...spanOf(gap), reason: gap.reason })), span, one.recordings.some((each) => each.open))
  return {
    source: one.source,
    name: one.terminal_name,
    playlistUrl: playlist ?? one.playlist_url ?? '',
    recordings: one.recordings.map((each) => ({ id: each.recording_id, open: each.open, origin: each.origin, ...spanOf(each) })),
    runs,
    perMille: one.coverage?.per_mille ?? null,
    faults: one.picture_faults.map((each) => ({ ms: msOf(each.utc_us), marks: each.marks })),
  }
}

function momentsOf(one: Wire['Timeline'], lanes: readonly Lane[]): Moment[] {
  const plain = { endMs: null, by: '', important: false, note: null }
  const moments: Moment[] = [
    ...one.steps.map((each) => ({ ...plain, key: `step ${each.step} ${each.from_utc_us}`, kind: 'step' as const, ms: msOf(each.from_utc_us), endMs: msOrNull(each.to_utc_us), text: each.step })),
    ...one.marks.map((each) => ({ ...plain, key: `mark ${each.utc_us} ${each.text}`, kind: 'mark' as const, ms: msOf(each.utc_us), text: each.text, by: each.by, important: each.important })),
    ...one.guidance.map((each) => ({ ...plain, key: `guidance ${each.utc_us} ${each.text}`, kind: 'guidance' as const, ms: msOf(each.utc_us), text: each.text, by: each.by })),
    ...one.pauses.map((each) => ({ ...plain, key: `pause ${each.from_utc_us}`, kind: 'pause' as const, ms: msOf(each.from_utc_us), endMs: msOrNull(each.to_utc_us), text: each.reason })),
    ...one.notes.map((each) => ({
      ...plain, key: `note ${each.note_id}`, kind: 'note' as const, ms: msOf(each.utc_us), text: each.text, by: each.by_name, important: each.important,
      note: { id: each.note_id, recording: each.recording_id, mine: each.mine, withdrawn: each.withdrawn_utc_us === null ? null : each.withdrawn_reason },
    })),
    ...one.sources.flatMap((source) => source.picture_faults.map((each) => ({ ...plain, key: `fault ${source.source} ${each.utc_us}`, kind: 'fault' as const, ms: msOf(each.utc_us), text: each.marks.join(' '), by: source.source }))),
    ...one.made.map((each) => ({ ...plain, key: `made ${each.derivative_id}`, kind: 'made' as const, ms: msOf(each.from_utc_us), endMs: msOf(each.to_utc_us), text: each.kind, by: each.made_name })),
    // What one recording lacks another may have: a hole is where nothing plays.
    ...lanes.flatMap((lane) => holesOf(lane).map((run) => ({ ...plain, key: `missing ${lane.source} ${run.startMs}`, kind: 'missing' as const, ms: run.startMs, endMs: run.endMs, text: run.reason, by: lane.source }))),
  ]
  return moments.sort((a, b) => a.ms - b.ms)
}
