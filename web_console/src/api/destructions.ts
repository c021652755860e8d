// Destruction lists: what is due, made, approved by two, stopped.
import type { Destruction, DestructionDetail, DueRecording } from '@/core/destructions'
import { body, msOf, server, type Wire } from './client'

const AT_ONCE = 50
const at = (id: string) => ({ path: { destruction_id: id } })

export interface DestructionPage {
  readonly lists: Destruction[]
  readonly next: string | null
}

export async function fetchDestructions(open: boolean, after: string): Promise<DestructionPage> {
  const page = await body(server.GET('/api/v1/destructions', { params: { query: { open, after, limit: AT_ONCE } } }))
  return { lists: page.destructions.map(listOf), next: page.destructions.length === AT_ONCE ? (page.destructions.at(-1)?.id ?? null) : null }
}

export async function fetchDestruction(id: string, after: string): Promise<DestructionDetail> {
  const wire = await body(server.GET('/api/v1/destructions/{destruction_id}', { params: { ...at(id), query: { after, limit: AT_ONCE } } }))
  return {
    ...listOf(wire),
    counts: wire.counts,
    bytes: wire.bytes,
    items: wire.items.map((one) => ({
      id: one.recording_id,
      source: one.source,
      openedMs: msOf(one.opened_utc_us),
      bytes: one.bytes,
      rule: one.rule,
      untilMs: msOf(one.until_utc_us),
      state: one.state,
      reason: one.reason,
      purgedMs: msOf(one.purged_utc_us),
    })),
    next: wire.next_after,
  }
}

/** A part may be empty and still have a next one: the server looks at so many at a time. */
export async function fetchDue(department: string, after: string): Promise<{ readonly recordings: DueRecording[]; readonly next: string | null }> {
  const wire = await body(server.GET('/api/v1/destructions/due', { params: { query: { department, after, limit: 100 } } }))
  return {
    recordings: wire.recordings.map((one) => ({
      id: one.recording_id,
      department: one.department,
      source: one.source,
      openedMs: msOf(one.opened_utc_us),
      bytes: one.bytes,
      rule: one.rule,
      untilMs: msOf(one.until_utc_us),
    })),
    next: wire.next_after,
  }
}

export async function makeDestruction(department: string, recordings: readonly string[], reason: string): Promise<Destruction> {
  return listOf(await body(server.POST('/api/v1/destructions', { body: { department, recordings: [...recordings], reason } })))
}

export async function approveDestruction(id: string): Promise<void> {
  await body(server.POST('/api/v1/destructions/{destruction_id}/approval', { params: at(id) }))
}

export async function stopDestruction(id: string, reason: string): Promise<void> {
  await body(server.POST('/api/v1/destructions/{destruction_id}/stop', { params: at(id), body: { reason } }))
}

function listOf(wire: Wire['DestructionEntry']): Destruction {
  return {
    id: wire.id,
    department: wire.department,
    state: wire.state,
    reason: wire.reason,
    madeBy: wire.made_by,
    madeById: wire.made_by_id,
    madeMs: msOf(wire.made_utc_us),
    policy: wire.policy,
    approvals: wire.approvals.map((one) => ({ personId: one.person_id, name: one.name, roles: one.roles, ms: msOf(one.utc_us) })),
    purgeMs: msOf(wire.purge_utc_us),
    endedBy: wire.ended_by,
    endedMs: msOf(wire.ended_utc_us),
    endReason: wire.end_reason,
  }
}
