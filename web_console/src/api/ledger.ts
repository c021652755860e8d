// The ledger of acts: search, one act with its proof, the newest signed head, the export.
import { detailRows, type ActFilter, type ActRow, type Head, type Proven } from '@/core/ledger'
import { body, msOf, refusalOf, server, usOf, type Wire } from './client'

export interface ActPage {
  readonly acts: ActRow[]
  readonly next: string | null
}

export async function fetchActs(filter: ActFilter, cursor: string | null): Promise<ActPage> {
  const list = await body(
    server.GET('/api/v1/ledger/acts', {
      params: {
        query: {
          actor: filter.actor || undefined,
          action: filter.action || undefined,
          subject: filter.subject || undefined,
          outcome: filter.outcome || undefined,
          department: filter.department || undefined,
          from_utc_us: filter.fromMs === null ? undefined : usOf(filter.fromMs),
          to_utc_us: filter.toMs === null ? undefined : usOf(filter.toMs),
          cursor: cursor ?? undefined,
          limit: 50,
        },
      },
    }),
  )
  return { acts: list.acts.map(actOf), next: list.next_cursor }
}

export async function fetchHead(): Promise<Head> {
  return headOf(await body(server.GET('/api/v1/ledger/head')))
}

export async function proveAct(index: number): Promise<Proven> {
  const proven = await body(server.GET('/api/v1/ledger/acts/{index}', { params: { path: { index } } }))
  return { act: actOf(proven.entry), line: proven.line, proof: proven.proof, head: headOf(proven.head) }
}

export async function fetchExport(): Promise<Blob> {
  const { data, error, response } = await server.GET('/api/v1/ledger/export', { parseAs: 'blob' })
  if (!response.ok || !data) throw refusalOf(response, error)
  return data as Blob
}

function actOf(entry: Wire['ActEntry']): ActRow {
  return {
    index: entry.index,
    id: entry.id,
    ms: msOf(entry.utc_us),
    actor: entry.actor,
    actorName: entry.actor_name,
    action: entry.action,
    subject: entry.subject,
    department: entry.department,
    outcome: entry.outcome,
    address: entry.address,
    session: entry.session,
    detail: detailRows(entry.detail),
  }
}

function headOf(head: Wire['SignedHeadMessage']): Head {
  const { signature, ...signed } = head
  return { logId: head.log_id, number: head.number, size: head.size, root: head.root, ms: msOf(head.utc_us), key: head.key, signature, signed }
}
