// Exports and derivatives: asked for, decided, fetched.
import type { Derivative, ExportEntry, ExportFilter, ExportWish } from '@/core/exports'
import { body, msOf, server, type Wire } from './client'

export interface ExportPage {
  readonly exports: ExportEntry[]
  readonly next: string | null
  readonly fingerprint: string
}

const at = (id: string) => ({ path: { export_id: id } })

export async function fetchExports(filter: ExportFilter, before: string | null): Promise<ExportPage> {
  const query = { before: before ?? undefined, mine: filter.mine, state: filter.states.length > 0 ? [...filter.states] : undefined }
  const list = await body(server.GET('/api/v1/exports', { params: { query } }))
  return { exports: list.exports.map(entryOf), next: list.next_before, fingerprint: list.key_thumbprint }
}

export async function fetchExport(id: string): Promise<ExportEntry> {
  return entryOf(await body(server.GET('/api/v1/exports/{export_id}', { params: at(id) })))
}

export async function askExport(wish: ExportWish): Promise<ExportEntry> {
  const { of, ids, ...rest } = wish
  const what = of === 'recordings' ? { recordings: [...ids] } : { [of]: ids[0] }
  return entryOf(await body(server.POST('/api/v1/exports', { body: { ...rest, ...what } as Wire['ExportWish'] })))
}

export async function approveExport(id: string): Promise<void> {
  await body(server.POST('/api/v1/exports/{export_id}/approve', { params: at(id), body: { reason: '' } }))
}

export async function refuseExport(id: string, reason: string): Promise<void> {
  await body(server.POST('/api/v1/exports/{export_id}/refuse', { params: at(id), body: { reason } }))
}

export async function withdrawExport(id: string, reason: string): Promise<void> {
  await body(server.POST('/api/v1/exports/{export_id}/withdraw', { params: at(id), body: { reason } }))
}

/** Opens the package for this sign-in alone. */
export async function linkExport(id: string): Promise<string> {
  return (await body(server.POST('/api/v1/exports/{export_id}/links', { params: at(id) }))).url
}

/** The acts about it, each a line of the ledger. */
export async function fetchCustody(id: string): Promise<{ readonly lines: string[]; readonly truncated: boolean }> {
  const log = await body(server.GET('/api/v1/exports/{export_id}/custody', { params: at(id) }))
  return { lines: log.acts.map((act) => act.line), truncated: log.truncated }
}

export async function fetchDerivatives(before: string | null): Promise<{ readonly derivatives: Derivative[]; readonly next: string | null }> {
  const list = await body(server.GET('/api/v1/derivatives', { params: { query: { before: before ?? undefined } } }))
  return { derivatives: list.derivatives.map(derivativeOf), next: list.next_before }
}

function entryOf(wire: Wire['ExportEntry']): ExportEntry {
  return {
    id: wire.export_id,
    departmentName: wire.department_name,
    state: wire.state,
    of: wire.of,
    subject: wire.subject,
    recordings: wire.recordings,
    mode: wire.mode,
    purpose: wire.purpose,
    recipient: wire.recipient,
    viewer: wire.viewer,
    hours: wire.hours,
    downloads: wire.downloads,
    fetched: wire.fetched,
    requestedBy: wire.requested_by,
    requestedName: wire.requested_name,
    requestedMs: msOf(wire.requested_utc_us),
    decidedName: wire.decided_name,
    decidedMs: msOf(wire.decided_utc_us),
    reason: wire.reason,
    note: wire.note,
    endsMs: msOf(wire.ends_utc_us),
    bytes: wire.bytes,
    manifest: wire.manifest_sha256,
    preparedBytes: wire.prepared_bytes,
    toPrepareBytes: wire.to_prepare_bytes,
  }
}

function derivativeOf(wire: Wire['DerivativeEntry']): Derivative {
  return {
    id: wire.derivative_id,
    recordingId: wire.recording_id,
    kind: wire.kind,
    state: wire.state,
    madeName: wire.made_name,
    madeMs: msOf(wire.made_utc_us),
    originalSha256: wire.original_sha256,
    originalIsKept: wire.original_is_kept,
    bytes: wire.bytes,
    note: wire.note,
    contentUrl: wire.content_url,
    needsExport: wire.needs_export,
    originUrl: wire.origin_url,
  }
}
