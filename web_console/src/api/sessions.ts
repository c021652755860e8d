// Signing in, asking who we are, signing out.
import { Refusal } from '@/core/media_session'
import type { Person } from '@/core/model'
import { body, msOf, server, type Wire } from './client'

export async function signIn(code: string): Promise<Person> {
  return personOf(await body(server.POST('/api/v1/sessions', { body: { code } })))
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

function personOf(session: Wire['CurrentSession']): Person {
  const { id, name, department } = session.person
  return { id, name, department, idleEndMs: msOf(session.idle_end_utc_us) }
}
