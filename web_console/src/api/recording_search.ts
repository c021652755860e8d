// The joined search of recordings.
import { rectangleOf, type Found, type SearchFilter } from '@/core/recording_search'
import { body, msOf, server, usOf, type Wire } from './client'

export interface FoundPage {
  readonly rows: Found[]
  readonly next: string | null
  /** Of the first page only; bounded. */
  readonly counted: number | null
  readonly more: boolean
}

const us = (ms: number | null) => (ms === null ? undefined : usOf(ms))

export async function searchRecordings(filter: SearchFilter, cursor: string | null): Promise<FoundPage> {
  const place = rectangleOf(filter.place)
  const query = {
    text: filter.text || undefined, department: filter.department || undefined, source: filter.terminal || undefined, officer: filter.officer || undefined,
    enforcement: filter.enforcement || undefined, item: filter.item || undefined, kind: filter.kind || undefined, step: filter.step || undefined,
    case: filter.case || undefined, party: filter.party || undefined, fault: filter.fault || undefined, state: (filter.state || undefined) as 'open' | undefined,
    held: filter.held === '' ? undefined : filter.held === 'yes', missing: filter.missing || undefined, unlinked: filter.unlinked || undefined,
    min_lat: place?.minLat, max_lat: place?.maxLat, min_lon: place?.minLon, max_lon: place?.maxLon,
    from_utc_us: us(filter.fromMs), to_utc_us: us(filter.toMs), cursor: cursor ?? undefined, limit: 50,
  }
  const page = await body(server.GET('/api/v1/search/recordings', { params: { query } }))
  return { rows: page.recordings.map(foundOf), next: page.next_cursor, counted: page.counted, more: page.more_than_counted }
}

export interface StepName {
  readonly code: string
  readonly name: { readonly zh: string; readonly en: string }
}

/** What the county's required-recording list calls its steps. */
export async function fetchStepNames(): Promise<readonly StepName[]> {
  const list = await body(server.GET('/api/v1/recording-steps'))
  return list.steps.map((one) => ({ code: one.code, name: { zh: one.name, en: one.name_en || one.name } }))
}

/** A recording may show several enforcements: what is said of each, once. */
const ofEach = (words: readonly string[]) => [...new Set(words.filter((word) => word !== ''))].join('、')

function foundOf(one: Wire['FoundRecording']): Found {
  return {
    id: one.recording_id,
    source: one.source,
    terminalName: one.terminal_name,
    departmentName: { zh: one.department_name, en: one.department_name_en || one.department_name },
    startedMs: msOf(one.started_utc_us),
    endedMs: msOf(one.ended_utc_us),
    state: one.state,
    bytes: one.bytes,
    held: one.held,
    origin: one.origin,
    layer: one.layer,
    enforcement: one.enforcement_id,
    itemCode: one.item_code,
    itemName: ofEach(one.enforcements.map((each) => each.item_name)),
    kind: one.kind,
    officers: one.officers,
    party: ofEach(one.enforcements.map((each) => each.party?.name ?? '')),
    place: ofEach(one.enforcements.map((each) => each.place)),
    steps: one.steps,
    faults: one.faults,
    perMille: one.coverage_per_mille,
    missingMs: one.missing_us / 1000,
    cases: one.cases,
    stillUrl: one.thumbnail_url,
  }
}
