// Signing in, step by step or with a link; asking who we are, signing out.
import { Refusal } from '@/core/media_session'
import type { Person } from '@/core/model'
import type { SignInEnds } from '@/core/presence'
import { body, msOf, server, type Wire } from './client'

/** Right so far: what is missing, and the ticket that leads there. */
export interface Missing {
  readonly step: Wire['SignInStep']['step']
  readonly ticket: string
  readonly secret: string
  readonly uri: string
}

export type Entered = { readonly person: Person } | { readonly missing: Missing }

export async function signIn(code: string): Promise<Person> {
  return personOf((await body(server.POST('/api/v1/sessions', { body: { code } }))) as Wire['CurrentSession'])
}

export async function signInWith(account: string, password: string, totp: string | null): Promise<Entered> {
  return enteredOf(await body(server.POST('/api/v1/sessions', { body: { account, password, totp } })))
}

export async function nextStep(ticket: string, shown: { totp?: string; new_password?: string }): Promise<Entered> {
  return enteredOf(await body(server.POST('/api/v1/sessions/steps', { body: { ticket, ...shown } })))
}

/** Null when nobody is signed in. */
export async function whoAmI(): Promise<Person | null> {
  try {
    return personOf(await body(server.GET('/api/v1/sessions/current')))
  } catch (error) {
    if (error instanceof Refusal && error.status === 401) return null
    throw error
  }
}

export async function signOut(): Promise<void> {
  await body(server.DELETE('/api/v1/sessions/current'))
}

/** When this sign-in ends; asking keeps it no longer. */
export async function fetchEnds(): Promise<SignInEnds> {
  return endsOf(await body(server.GET('/api/v1/sessions/current')))
}

/** Somebody is here: never sent by the page on its own. */
export async function markPresence(): Promise<SignInEnds> {
  return endsOf(await body(server.POST('/api/v1/me/presence')))
}

function endsOf(told: Wire['SignInEnds']): SignInEnds {
  return { idleEndMs: msOf(told.idle_end_utc_us), absoluteEndMs: msOf(told.absolute_end_utc_us) }
}

function enteredOf(answer: Wire['CurrentSession'] | Wire['SignInStep']): Entered {
  if ('person' in answer) return { person: personOf(answer) }
  return { missing: { step: answer.step, ticket: answer.ticket, secret: answer.secret ?? '', uri: answer.uri ?? '' } }
}

function personOf(session: Wire['CurrentSession']): Person {
  const { id, name, department, roles } = session.person
  return { id, name, department, roles, actions: new Set(session.actions), ...endsOf(session) }
}
