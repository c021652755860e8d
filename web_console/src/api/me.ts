// One's own sign-ins, password and second factor.
import type { SignInPlace } from '@/core/people'
import { body, msOf, server, type Wire } from './client'

export interface FactorState {
  readonly enrolled: boolean
  readonly compulsory: boolean
  readonly codesLeft: number
}

export interface FactorOffer {
  readonly ticket: string
  readonly secret: string
  readonly uri: string
}

export async function prove(totp: string): Promise<void> {
  await body(server.POST('/api/v1/me/proof', { body: { totp } }))
}

export async function fetchOwnSignIns(): Promise<SignInPlace[]> {
  return (await body(server.GET('/api/v1/me/sessions'))).sessions.map(signInOf)
}

export async function endOwn(id: string): Promise<void> {
  await body(server.DELETE('/api/v1/me/sessions/{session_id}', { params: { path: { session_id: id } } }))
}

export async function endOthers(): Promise<number> {
  return (await body(server.DELETE('/api/v1/me/sessions'))).ended
}

export async function changePassword(present: string, wanted: string): Promise<void> {
  await body(server.PUT('/api/v1/me/password', { body: { present, new: wanted } }))
}

export async function fetchFactor(): Promise<FactorState> {
  const state = await body(server.GET('/api/v1/me/second-factor'))
  return { enrolled: state.enrolled, compulsory: state.compulsory, codesLeft: state.recovery_codes_left }
}

export async function offerFactor(present: string): Promise<FactorOffer> {
  return body(server.POST('/api/v1/me/second-factor', { body: { present } }))
}

export async function confirmFactor(ticket: string, totp: string): Promise<void> {
  await body(server.PUT('/api/v1/me/second-factor', { body: { ticket, totp } }))
}

export async function removeFactor(present: string): Promise<void> {
  await body(server.POST('/api/v1/me/second-factor/removal', { body: { present } }))
}

export async function newRecoveryCodes(): Promise<string[]> {
  return (await body(server.POST('/api/v1/me/recovery-codes'))).codes
}

export function signInOf(entry: Wire['SignInEntry']): SignInPlace {
  return { id: entry.id, isCurrent: entry.is_current, begunMs: msOf(entry.begun_utc_us), seenMs: msOf(entry.seen_utc_us), address: entry.address, device: entry.device }
}
