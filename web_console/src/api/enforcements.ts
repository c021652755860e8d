// Enforcements: lists, one with its checklist, and the commands that carry it on.
import type { Check, Choices, Enforcement, EnforcementDetail, EnforcementFilter, EnforcementKind, Party, UnderWay } from '@/core/enforcements'
import { body, msOf, msOrNull, server, usOf, type Wire } from './client'

export interface EnforcementPage {
  readonly rows: Enforcement[]
  readonly next: string | null
}

export async function fetchEnforcements(filter: EnforcementFilter, cursor: string | null): Promise<EnforcementPage> {
  const list = await body(
    server.GET('/api/v1/enforcements', {
      params: {
        query: {
          state: filter.state === '' ? undefined : [filter.state],
          department: filter.department || undefined,
          officer: filter.officer || undefined,
          item: filter.item || undefined,
          party: filter.party || undefined,
          from_utc_us: filter.fromMs === null ? undefined : usOf(filter.fromMs),
          to_utc_us: filter.toMs === null ? undefined : usOf(filter.toMs),
          cursor: cursor ?? undefined,
          limit: 50,
        },
      },
    }),
  )
  return { rows: list.enforcements.map(entryOf), next: list.next_cursor }
}

export async function fetchUnderWay(): Promise<UnderWay[]> {
  const list = await body(server.GET('/api/v1/enforcements/under-way'))
  return list.enforcements.map((one) => ({
    enforcement: entryOf(one.enforcement),
    ageMs: one.age_s * 1000,
    silentMs: one.silent_s === null ? null : one.silent_s * 1000,
    isSilent: one.is_silent,
  }))
}

const at = (id: string) => ({ params: { path: { enforcement_id: id } } })

export async function fetchEnforcement(id: string): Promise<EnforcementDetail> {
  return detailOf(await body(server.GET('/api/v1/enforcements/{enforcement_id}', at(id))))
}

/** In full; the view is on record. */
export async function fetchParty(id: string): Promise<Party> {
  return body(server.GET('/api/v1/enforcements/{enforcement_id}/party', at(id)))
}

export async function fetchChoices(department: string): Promise<Choices> {
  const { items, officers, terminals, thresholds } = await body(server.GET('/api/v1/enforcements/choices', { params: { query: { department } } }))
  return { items, officers, terminals, thresholds: { battery: thresholds.battery_percent, storageFree: thresholds.storage_free_bytes, clockOffsetMs: thresholds.clock_offset_us / 1000 } }
}

export interface EnforcementWish {
  readonly department: string
  readonly kind: EnforcementKind
  readonly item: string
  readonly officers: string[]
  readonly terminals: string[]
  readonly party: { kind: Party['kind']; name: string; identifier: string }
  readonly place: string
  readonly position: { lat: number; lon: number } | null
}

/** The id of the new one. */
export async function openEnforcement(key: string, wish: EnforcementWish): Promise<string> {
  return (await body(server.POST('/api/v1/enforcements', { body: { key, ...wish } }))).enforcement_id
}

export async function beginEnforcement(id: string, key: string, check: Check, reason: string): Promise<void> {
  await body(server.POST('/api/v1/enforcements/{enforcement_id}/begin', { ...at(id), body: { key, reason, check: wireCheck(check) } }))
}

export async function takeStep(id: string, key: string, step: string, what: 'begin' | 'end'): Promise<void> {
  await body(server.POST('/api/v1/enforcements/{enforcement_id}/steps', { ...at(id), body: { key, step, what } }))
}

export async function makeMark(id: string, key: string, text: string, important: boolean): Promise<void> {
  await body(server.POST('/api/v1/enforcements/{enforcement_id}/marks', { ...at(id), body: { key, text, important } }))
}

export async function pauseEnforcement(id: string, key: string, reason: string): Promise<void> {
  await body(server.POST('/api/v1/enforcements/{enforcement_id}/pause', { ...at(id), body: { key, reason } }))
}

export async function resumeEnforcement(id: string, key: string, reason: string): Promise<void> {
  await body(server.POST('/api/v1/enforcements/{enforcement_id}/resume', { ...at(id), body: { key, reason } }))
}

export async function finishEnforcement(id: string, key: string, reason: string, missing: { step: string; reason: string }[]): Promise<void> {
  await body(server.POST('/api/v1/enforcements/{enforcement_id}/finish', { ...at(id), body: { key, reason, missing } }))
}

export async function cancelEnforcement(id: string, key: string, reason: string): Promise<void> {
  await body(server.POST('/api/v1/enforcements/{enforcement_id}/cancel', { ...at(id), body: { key, reason } }))
}

export async function excuseStep(id: string, key: string, step: string, reason: string): Promise<void> {
  await body(server.POST('/api/v1/enforcements/{enforcement_id}/excuse', { ...at(id), body: { key, step, reason } }))
}

export async function fileEnforcement(id: string, key: string, caseId: string): Promise<void> {
  await body(server.POST('/api/v1/enforcements/{enforcement_id}/file', { ...at(id), body: { key, case_id: caseId } }))
}

function wireCheck(check: Check): Wire['CheckBefore'] {
  return { battery_percent: check.battery, charging: check.charging, storage_free_bytes: check.storageFree, clock_offset_us: check.clockOffsetMs === null ? null : usOf(check.clockOffsetMs) }
}

function entryOf(one: Wire['EnforcementEntry']): Enforcement {
  return {
    id: one.id,
    department: one.department,
    departmentName: { zh: one.department_name, en: one.department_name_en || one.department_name },
    state: one.state,
    paused: one.paused,
    kind: one.kind,
    itemCode: one.item_code,
    itemName: one.item_name,
    officers: one.officers,
    terminals: one.terminals,
    party: one.party,
    place: one.place,
    position: one.position,
    openedMs: msOf(one.opened_utc_us),
    begunMs: msOrNull(one.begun_utc_us),
    finishedMs: msOrNull(one.finished_utc_us),
    filedMs: msOrNull(one.filed_utc_us),
    faults: one.faults ?? [],
  }
}

function detailOf(one: Wire['EnforcementDetail']): EnforcementDetail {
  const check = one.check
  return {
    ...entryOf(one),
    openedBy: one.opened_by,
    check: check && {
      battery: check.battery_percent ?? null,
      charging: check.charging ?? null,
      storageFree: check.storage_free_bytes ?? null,
      clockOffsetMs: check.clock_offset_us === null || check.clock_offset_us === undefined ? null : check.clock_offset_us / 1000,
    },
    checkTroubles: one.check_troubles,
    checkReason: one.check_reason,
    finishReason: one.finish_reason,
    cancelReason: one.cancel_reason,
    caseId: one.case_id,
    checklist: one.checklist.map(lineOf),
    steps: one.steps.map((step) => ({ step: step.step, begunMs: msOf(step.begun_utc_us), endedMs: msOrNull(step.ended_utc_us), covered: step.covered, by: step.by })),
    marks: one.marks.map((mark) => ({ ms: msOf(mark.utc_us), text: mark.text, important: mark.important, by: mark.by })),
    pauses: one.pauses.map((pause) => ({ fromMs: msOf(pause.from_utc_us), toMs: msOrNull(pause.to_utc_us), reason: pause.reason, resumeReason: pause.resume_reason })),
  }
}

function lineOf(line: Wire['ChecklistLine']): EnforcementDetail['checklist'][number] {
  const step = line.step
  return {
    code: step.code,
    name: { zh: step.name, en: step.name_en || step.name },
    start: step.start,
    end: step.end,
    mustShow: step.must_show,
    recordClass: step.record_class,
    required: step.required,
    condition: step.condition,
    standing: line.standing,
    taken: line.taken,
    missing: line.missing,
    reason: line.reason,
  }
}
