// Holds: placed, and let go by two people.
import type { Hold } from '@/core/holds'
import { body, msOf, msOrNull, server, usOf, type Wire } from './client'

const AT_ONCE = 50
const at = (id: string) => ({ path: { hold_id: id } })

/** Newest first; `standing`: only those that hold. */
export async function fetchHolds(standing: boolean, after: string): Promise<{ readonly holds: Hold[]; readonly next: string | null }> {
  const list = await body(server.GET('/api/v1/holds', { params: { query: { standing, after, limit: AT_ONCE } } }))
  return { holds: list.holds.map(holdOf), next: list.holds.length === AT_ONCE ? (list.holds.at(-1)?.id ?? null) : null }
}

export async function fetchHeld(id: string): Promise<string[]> {
  return (await body(server.GET('/api/v1/holds/{hold_id}', { params: at(id) }))).recording_ids
}

export async function placeHold(recordings: readonly string[], reason: string, untilMs: number | null): Promise<void> {
  await body(server.POST('/api/v1/holds', { body: { recordings: [...recordings], reason, until_utc_us: untilMs === null ? null : usOf(untilMs) } }))
}

export async function askRelease(id: string, reason: string): Promise<void> {
  await body(server.POST('/api/v1/holds/{hold_id}/release', { params: at(id), body: { reason } }))
}

export async function withdrawRelease(id: string): Promise<void> {
  await body(server.DELETE('/api/v1/holds/{hold_id}/release', { params: at(id) }))
}

export async function confirmRelease(id: string): Promise<void> {
  await body(server.POST('/api/v1/holds/{hold_id}/release/confirmation', { params: at(id) }))
}

function holdOf(wire: Wire['HoldEntry']): Hold {
  return {
    id: wire.id,
    state: wire.state,
    reason: wire.reason,
    recordings: wire.recordings,
    placedBy: wire.placed_by,
    placedMs: msOf(wire.placed_utc_us),
    untilMs: msOrNull(wire.until_utc_us),
    askedBy: wire.asked_by,
    askedById: wire.asked_by_id,
    askReason: wire.ask_reason,
    endedBy: wire.ended_by,
    endedMs: msOf(wire.ended_utc_us),
  }
}
