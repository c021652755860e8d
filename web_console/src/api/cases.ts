// Case files: lists, one with all its links, what it lacks, and its changes.
import type { CaseDetail, CaseEntry, CaseFilter, Footage, KeptFor, Lack, Move, Part, Thing } from '@/core/cases'
import { body, msOf, msOrNull, server, usOf, type Wire } from './client'

export interface CasePage {
  readonly rows: CaseEntry[]
  readonly next: string | null
}

const at = (id: string) => ({ path: { case_id: id } })
const seen = (version: number) => ({ 'if-match': `"${version}"` })

export async function fetchCases(filter: CaseFilter, cursor: string | null): Promise<CasePage> {
  const list = await body(
    server.GET('/api/v1/cases', {
      params: {
        query: {
          state: filter.state || undefined,
          department: filter.department || undefined,
          year: filter.year === '' ? undefined : Number(filter.year),
          number: filter.number || undefined,
          officer: filter.officer || undefined,
          cause: filter.cause || undefined,
          cursor: cursor ?? undefined,
          limit: 50,
        },
      },
    }),
  )
  return { rows: list.cases.map(entryOf), next: list.next_cursor }
}

export async function fetchCase(id: string): Promise<CaseDetail> {
  return detailOf(await body(server.GET('/api/v1/cases/{case_id}', { params: at(id) })))
}

export async function fetchLacks(id: string): Promise<Lack[]> {
  return (await body(server.GET('/api/v1/cases/{case_id}/lacks', { params: at(id) }))).lacks
}

/** Oldest first. */
export async function fetchFootage(id: string): Promise<Footage[]> {
  const list = await body(server.GET('/api/v1/cases/{case_id}/recordings', { params: at(id) }))
  return list.recordings.map((one) => ({ id: one.recording_id, source: one.source, state: one.state, startedMs: msOf(one.started_utc_us), endedMs: msOf(one.ended_utc_us) }))
}

export interface CaseWords {
  readonly number: string
  readonly year: number
  readonly cause: string
  readonly party: { kind: 'person' | 'organisation'; name: string; identifier: string }
  readonly officers: string[]
  readonly filed_on: string
  readonly decided_on: string | null
  readonly retention: { kept_for: KeptFor; years: number; until: string | null }
}

export async function openCase(department: string, words: CaseWords): Promise<CaseDetail> {
  return detailOf(await body(server.POST('/api/v1/cases', { body: { department, ...words } })))
}

export async function changeCase(was: CaseEntry, words: CaseWords): Promise<CaseDetail> {
  return detailOf(await body(server.PUT('/api/v1/cases/{case_id}', { params: { ...at(was.id), header: seen(was.version) }, body: words })))
}

export async function moveCase(was: CaseEntry, what: Move, reason: string): Promise<void> {
  await body(server.POST('/api/v1/cases/{case_id}/state', { params: { ...at(was.id), header: seen(was.version) }, body: { what, reason } }))
}

export async function linkThing(id: string, thing: Thing, thingId: string): Promise<void> {
  await body(server.POST('/api/v1/cases/{case_id}/links', { params: at(id), body: { thing, id: thingId } }))
}

export async function withdrawLink(id: string, link: string, why: string): Promise<void> {
  await body(server.POST('/api/v1/cases/{case_id}/links/{link_id}/withdrawal', { params: { path: { case_id: id, link_id: link } }, body: { why } }))
}

export async function addExhibit(id: string, recording: string, fromMs: number | null, toMs: number | null, proves: string): Promise<void> {
  const wish = { recording_id: recording, from_utc_us: fromMs === null ? null : usOf(fromMs), to_utc_us: toMs === null ? null : usOf(toMs), proves }
  await body(server.POST('/api/v1/cases/{case_id}/exhibits', { params: at(id), body: wish }))
}

export async function withdrawExhibit(id: string, exhibit: string, why: string): Promise<void> {
  await body(server.POST('/api/v1/cases/{case_id}/exhibits/{exhibit_id}/withdrawal', { params: { path: { case_id: id, exhibit_id: exhibit } }, body: { why } }))
}

/** The ids of recordings that were destroyed before, and are left out. */
export async function holdCase(id: string, reason: string, untilMs: number | null): Promise<readonly string[]> {
  const held = await body(server.POST('/api/v1/cases/{case_id}/hold', { params: at(id), body: { reason, until_utc_us: untilMs === null ? null : usOf(untilMs) } }))
  return held.left_out
}

function entryOf(one: Wire['CaseEntry']): CaseEntry {
  return {
    id: one.id,
    number: one.number,
    department: one.department,
    departmentName: { zh: one.department_name, en: one.department_name_en || one.department_name },
    year: one.year,
    cause: one.cause,
    party: { kind: one.party.kind, name: one.party.name, identifier: one.party.identifier ?? '' },
    officers: one.officers,
    filedOn: one.filed_on,
    decidedOn: one.decided_on,
    kept: { for: one.retention.kept_for, years: one.retention.years ?? 0, until: one.retention.until ?? null },
    state: one.state,
    closedOn: one.closed_on,
    keptUntil: one.kept_until,
    openedMs: msOf(one.opened_utc_us),
    changedMs: msOf(one.changed_utc_us),
    version: one.version,
  }
}

interface WirePart {
  readonly id: string
  readonly withdrawn_utc_us: number | null
  readonly withdrawn_by: string
  readonly why: string
}

function partOf(one: WirePart, madeUs: number, by: string): Part {
  return { id: one.id, ms: msOf(madeUs), by, withdrawnMs: msOrNull(one.withdrawn_utc_us), withdrawnBy: one.withdrawn_by, why: one.why }
}

function detailOf(one: Wire['CaseDetail']): CaseDetail {
  return {
    ...entryOf(one),
    openedBy: one.opened_by,
    filledReason: one.filled_reason,
    links: one.links.map((link) => ({ ...partOf(link, link.linked_utc_us, link.linked_by), thing: link.thing, thingId: link.thing_id })),
    exhibits: one.exhibits.map((shown) => ({
      ...partOf(shown, shown.made_utc_us, shown.made_by),
      recordingId: shown.recording_id,
      fromMs: msOrNull(shown.from_utc_us),
      toMs: msOrNull(shown.to_utc_us),
      proves: shown.proves,
    })),
  }
}
