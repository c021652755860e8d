// Accounts, their rights, permits and recoveries.
import { isWorthAPermit, type Account, type PermitGiven, type Recovery, type RoleName, type SignInPlace } from '@/core/people'
import { body, msOf, server, usOf, type Wire } from './client'
import { signInOf } from './me'

export interface AccountPage {
  readonly accounts: Account[]
  readonly next: string | null
}

const at = (id: string) => ({ params: { path: { person_id: id } } })

export async function fetchAccounts(words: string, role: RoleName | '', after: string): Promise<AccountPage> {
  const list = await body(server.GET('/api/v1/people', { params: { query: { text: words, role: role || undefined, after, limit: 100 } } }))
  return { accounts: list.people.map(accountOf), next: list.next }
}

/** Name by id, of the first thousand. */
export async function fetchNames(): Promise<Map<string, string>> {
  const names = new Map<string, string>()
  let after: string | null = ''
  while (after !== null && names.size < 1_000) {
    const page: AccountPage = await fetchAccounts('', '', after)
    for (const one of page.accounts) names.set(one.id, one.name)
    after = page.next
  }
  return names
}

export async function fetchAccount(id: string): Promise<Account> {
  return accountOf(await body(server.GET('/api/v1/people/{person_id}', at(id))))
}

export async function createAccount(account: string, name: string, department: string): Promise<{ made: Account; password: string }> {
  const answer = await body(server.POST('/api/v1/people', { body: { account, name, department } }))
  return { made: accountOf(answer.person), password: answer.one_time_password }
}

export async function renameAccount(one: Account, name: string): Promise<Account> {
  return accountOf(await body(server.PUT('/api/v1/people/{person_id}/name', { ...at(one.id), body: { version: one.version, name } })))
}

export async function setRights(one: Account, roles: readonly RoleName[], department: string): Promise<Account> {
  return accountOf(await body(server.PUT('/api/v1/people/{person_id}/rights', { ...at(one.id), body: { version: one.version, roles: [...roles], department } })))
}

export async function closeAccount(one: Account): Promise<Account> {
  return accountOf(await body(server.PUT('/api/v1/people/{person_id}/closed', { ...at(one.id), body: { version: one.version } })))
}

export async function openAccount(one: Account): Promise<Account> {
  return accountOf(await body(server.PUT('/api/v1/people/{person_id}/open', { ...at(one.id), body: { version: one.version } })))
}

export async function resetFactor(id: string): Promise<void> {
  await body(server.DELETE('/api/v1/people/{person_id}/second-factor', at(id)))
}

export async function fetchSignIns(id: string): Promise<SignInPlace[]> {
  return (await body(server.GET('/api/v1/people/{person_id}/sessions', at(id)))).sessions.map(signInOf)
}

export async function endSignIns(id: string): Promise<number> {
  return (await body(server.DELETE('/api/v1/people/{person_id}/sessions', at(id)))).ended
}

export async function fetchPermits(personId: string): Promise<{ permits: PermitGiven[]; permittable: string[] }> {
  const list = await body(server.GET('/api/v1/permits', { params: { query: { person_id: personId } } }))
  return { permits: list.permits.map(permitOf), permittable: list.permittable.filter(isWorthAPermit) }
}

export async function grantPermit(personId: string, action: string, department: string, untilMs: number): Promise<PermitGiven> {
  return permitOf(await body(server.POST('/api/v1/permits', { body: { person_id: personId, action, department, until_utc_us: usOf(untilMs) } })))
}

export async function revokePermit(id: string): Promise<void> {
  await body(server.DELETE('/api/v1/permits/{permit_id}', { params: { path: { permit_id: id } } }))
}

export async function fetchRecoveries(): Promise<Recovery[]> {
  return (await body(server.GET('/api/v1/recoveries'))).recoveries.map(recoveryOf)
}

export async function askRecovery(personId: string, reason: string): Promise<Recovery> {
  return recoveryOf(await body(server.POST('/api/v1/recoveries', { body: { person_id: personId, reason } })))
}

export async function confirmRecovery(id: string): Promise<{ account: string; password: string }> {
  const done = await body(server.POST('/api/v1/recoveries/{recovery_id}/confirmation', { params: { path: { recovery_id: id } } }))
  return { account: done.account, password: done.one_time_password }
}

export async function withdrawRecovery(id: string): Promise<void> {
  await body(server.DELETE('/api/v1/recoveries/{recovery_id}', { params: { path: { recovery_id: id } } }))
}

function accountOf(entry: Wire['PersonEntry']): Account {
  return {
    id: entry.id,
    account: entry.account,
    name: entry.name,
    department: entry.department,
    roles: entry.roles,
    disabled: entry.disabled,
    mustChange: entry.must_change,
    secondFactor: entry.second_factor,
    createdMs: msOf(entry.created_utc_us),
    usedMs: msOf(entry.used_utc_us),
    version: entry.version,
  }
}

function permitOf(entry: Wire['PermitEntry']): PermitGiven {
  return {
    id: entry.id,
    personId: entry.person_id,
    personName: entry.person_name,
    action: entry.action,
    department: entry.department,
    untilMs: msOf(entry.until_utc_us),
    grantedBy: entry.granted_by,
    grantedMs: msOf(entry.granted_utc_us),
  }
}

function recoveryOf(entry: Wire['RecoveryEntry']): Recovery {
  return {
    id: entry.id,
    personId: entry.person_id,
    personName: entry.person_name,
    reason: entry.reason,
    askedBy: entry.asked_by,
    askedMs: msOf(entry.asked_utc_us),
    state: entry.state,
    endedBy: entry.ended_by,
    endedMs: msOf(entry.ended_utc_us),
  }
}
