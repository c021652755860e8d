// Departments, officers, items and delegations; changes say which version they were made from.
import type { Delegation, ImportReport, Item, Officer, Unit, UnitKind } from '@/core/organisation'
import { body, msOrNull, refusalOf, server, type Wire } from './client'

const seen = (version: number) => ({ 'if-match': `"${version}"` })

export async function fetchUnits(): Promise<Unit[]> {
  return (await body(server.GET('/api/v1/org/departments'))).departments.map(unitOf)
}

export async function createUnit(wish: { parent: string; code: string; name: string; name_en: string; kind: Exclude<UnitKind, 'county'> }): Promise<void> {
  await body(server.POST('/api/v1/org/departments', { body: wish }))
}

export async function changeUnit(unit: Unit, change: Wire['DepartmentChange']): Promise<void> {
  const header = seen(unit.version)
  if (unit.path === '') await body(server.PUT('/api/v1/org/county', { params: { header }, body: change }))
  else await body(server.PUT('/api/v1/org/departments/{department_path}', { params: { path: { department_path: unit.path }, header }, pathSerializer, body: change }))
}

export async function moveUnit(unit: Unit, parent: string, code: string): Promise<void> {
  const params = { path: { department_path: unit.path }, header: seen(unit.version) }
  await body(server.POST('/api/v1/org/moves/{department_path}', { params, pathSerializer, body: { parent, code } }))
}

/** A department's path keeps its slashes. */
function pathSerializer(pathname: string, params: Record<string, unknown>): string {
  return pathname.replace(/\{(\w+)\}/g, (_, name: string) => String(params[name]).split('/').map(encodeURIComponent).join('/'))
}

/** All of a department's subtree; 500 at a time. */
export async function fetchOfficers(department: string, withClosed: boolean): Promise<Officer[]> {
  const officers: Officer[] = []
  let after: string | null = ''
  while (after !== null && officers.length < 10_000) {
    const list: Wire['OfficerList'] = await body(server.GET('/api/v1/org/officers', { params: { query: { department, after, limit: 500, with_closed: withClosed } } }))
    officers.push(...list.officers.map(officerOf))
    after = list.next_after
  }
  return officers
}

export async function createOfficer(wish: Wire['OfficerWish']): Promise<void> {
  await body(server.POST('/api/v1/org/officers', { body: wish }))
}

export async function changeOfficer(officer: Officer, change: Wire['OfficerChange']): Promise<void> {
  await body(server.PUT('/api/v1/org/officers/{officer_id}', { params: { path: { officer_id: officer.id }, header: seen(officer.version) }, body: change }))
}

export async function fetchItems(): Promise<Item[]> {
  return (await body(server.GET('/api/v1/org/items'))).items.map(itemOf)
}

export async function createItem(wish: Wire['ItemWish']): Promise<void> {
  await body(server.POST('/api/v1/org/items', { body: wish }))
}

export async function changeItem(item: Item, change: Wire['ItemChange']): Promise<void> {
  await body(server.PUT('/api/v1/org/items/{code}', { params: { path: { code: item.code }, header: seen(item.version) }, body: change }))
}

export async function fetchDelegations(): Promise<Delegation[]> {
  return (await body(server.GET('/api/v1/org/delegations'))).delegations.map(delegationOf)
}

export async function createDelegation(wish: Wire['DelegationWish']): Promise<void> {
  await body(server.POST('/api/v1/org/delegations', { body: wish }))
}

export async function changeDelegation(one: Delegation, change: Wire['DelegationChange']): Promise<void> {
  await body(server.PUT('/api/v1/org/delegations/{delegation_id}', { params: { path: { delegation_id: one.id }, header: seen(one.version) }, body: change }))
}

export async function fetchExport(format: 'yaml' | 'xlsx'): Promise<Blob> {
  const { data, error, response } = await server.GET('/api/v1/org/export', { params: { query: { format } }, parseAs: 'blob' })
  if (!response.ok || !data) throw refusalOf(response, error)
  return data as Blob
}

const types = { yaml: 'application/yaml', xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet' } as const

/** Without a revision only what would change is told. */
export async function importFile(file: Blob, kind: keyof typeof types, revision: number | null): Promise<ImportReport> {
  const answer = await body(
    server.POST('/api/v1/org/import', {
      params: { query: { dry_run: revision === null }, header: revision === null ? {} : seen(revision) },
      headers: { 'Content-Type': types[kind] },
      body: file as unknown as string,
      bodySerializer: (given: unknown) => given as Blob,
    }),
  )
  const { revision: now, applied, created, changed, closed, reopened, unchanged, problems } = answer
  const changes = answer.entries.map((entry) => ({ kind: entry.kind, key: entry.key, name: entry.name, what: entry.what, differences: Object.entries(entry.differences) }))
  return { revision: now, applied, created, changed, closed, reopened, unchanged, problems, changes }
}

function unitOf(one: Wire['Department']): Unit {
  return {
    path: one.path,
    code: one.code,
    parent: one.parent,
    name: { zh: one.name, en: one.name_en || one.name },
    kind: one.kind,
    closedMs: msOrNull(one.closed_utc_us),
    movedTo: one.moved_to,
    version: one.version,
  }
}

function officerOf(one: Wire['Officer']): Officer {
  return {
    id: one.id,
    name: one.name,
    certificate: one.certificate,
    department: one.department,
    validFrom: one.valid_from ?? null,
    expiresOn: one.expires_on,
    withdrawnOn: one.withdrawn_on ?? null,
    personId: one.person_id,
    closed: one.closed,
    version: one.version,
    mayNotAct: one.may_not_act,
    daysLeft: one.days_left,
  }
}

function itemOf(one: Wire['Item']): Item {
  return { code: one.code, name: one.name, kind: one.kind, department: one.department, basis: one.basis, questionTypes: one.question_types, tiers: one.tiers ?? [], closed: one.closed, version: one.version }
}

function delegationOf(one: Wire['Delegation']): Delegation {
  return {
    id: one.id,
    item: one.item,
    from: one.from_department,
    to: one.to_department,
    since: one.since,
    until: one.until ?? null,
    document: one.document,
    closed: one.closed_utc_us !== null,
    inForce: one.in_force,
    version: one.version,
  }
}
