// Holds: placed, and let go by two people.
import type { Hold } from '@/core/holds'
import { body, msOf, msOrNull, server, usOf } from './client'

const at = (id: string) => ({ path: { hold_id: id } })

export async function fetchHolds(): Promise<Hold[]> {
  const list = await body(server.GET('/api/v1/holds', { params: { query: {} } }))
  return list.holds.map((wire) => ({
    id: wire.id,
    state: wire.state,
    reason: wire.reason,
    recordings: wire.recordings,
    placedMs: msOf(wire.placed_utc_us),
    untilMs: msOrNull(wire.until_utc_us),
    askedBy: wire.asked_by,
    askReason: wire.ask_reason,
  }))
}

export async function placeHold(recordings: readonly string[], reason: string, untilMs: number | null): Promise<void> {
  await body(server.POST('/api/v1/holds', { body: { recordings: [...recordings], reason, until_utc_us: untilMs === null ? null : usOf(untilMs) } }))
}

export async function askRelease(id: string, reason: string): Promise<void> {
  await body(server.POST('/api/v1/holds/{hold_id}/release', { params: at(id), body: { reason } }))
}

export async function confirmRelease(id: string): Promise<void> {
  await body(server.POST('/api/v1/holds/{hold_id}/release/confirmation', { params: at(id) }))
}
