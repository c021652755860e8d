// How long recordings are kept, the server's clock, and how long the disk lasts.
import type { ClockBelief, DiskForecast, KeepPolicy, KeptRecording } from '@/core/retention'
import { body, msOf, msOrNull, server, type Wire } from './client'

export async function fetchPolicy(): Promise<KeepPolicy> {
  const wire = await body(server.GET('/api/v1/retention/policy'))
  return { digest: wire.digest, floorMonths: wire.floor_months, rules: wire.rules }
}

export async function fetchKeep(id: string): Promise<KeptRecording> {
  const wire = await body(server.GET('/api/v1/recordings/{recording_id}/keep', { params: { path: { recording_id: id } } }))
  return { id: wire.recording_id, untilMs: msOrNull(wire.until_utc_us), rule: wire.rule, holds: wire.holds, cases: wire.cases, listed: wire.listed, whyNot: wire.why_not }
}

export async function fetchBelief(): Promise<ClockBelief> {
  return beliefOf(await body(server.GET('/api/v1/retention/clock')))
}

export async function confirmClock(): Promise<ClockBelief> {
  return beliefOf(await body(server.POST('/api/v1/retention/clock/confirmation')))
}

export async function fetchForecast(): Promise<DiskForecast> {
  const wire = await body(server.GET('/api/v1/storage/forecast'))
  return {
    folders: wire.folders.map((one) => ({ totalBytes: one.total_bytes, freeBytes: one.free_bytes, level: one.level })),
    alarmPercent: wire.alarm_percent,
    refusePercent: wire.refuse_percent,
    bytesPerDay: wire.bytes_per_day,
    fullMs: msOrNull(wire.full_utc_us),
    fullWithDestructionMs: msOrNull(wire.full_with_destruction_utc_us),
    heldBytes: wire.held_bytes,
    computedMs: msOf(wire.computed_utc_us),
  }
}

function beliefOf(wire: Wire['ClockShown']): ClockBelief {
  return { believed: wire.believed, whyNot: wire.why_not, detail: wire.detail, synchronised: wire.synchronised, serverMs: msOf(wire.server_utc_us) }
}
