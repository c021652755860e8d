// The one door to the server's HTTP API: typed by its OpenAPI document, every refusal as a Refusal.
import createClient from 'openapi-fetch'
import { Refusal } from '@/core/media_session'
import type { components, paths } from './schema'

export type Wire = components['schemas']

export const server = createClient<paths>({ baseUrl: '/', credentials: 'same-origin' })

let language = 'zh'

/** In which language the server explains its refusals. */
export function speak(wanted: 'zh' | 'en'): void {
  language = wanted
}

export function languageHeader(): string {
  return language === 'zh' ? 'zh-CN, en;q=0.5' : 'en, zh-CN;q=0.5'
}

server.use({
  onRequest({ request }) {
    request.headers.set('Accept-Language', languageHeader())
    return request
  },
})

let signedOut: () => void = () => {}

/** Called when the server no longer knows who we are. */
export function onSignedOut(run: () => void): void {
  signedOut = run
}

interface Answer<T> {
  readonly data?: T
  readonly error?: unknown
  readonly response: Response
}

/** The body of a good answer; anything else is thrown as a Refusal (status 0: the server was not reached). */
export async function body<T>(asked: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>
  try {
    answer = await asked
  } catch (error) {
    throw new Refusal(0, 'unreachable', error instanceof Error ? error.message : '')
  }
  if (answer.response.ok) return answer.data as T
  const refusal = refusalOf(answer.response, answer.error)
  // A wrong code or a late ticket is a 401, too, of somebody who may well be signed in.
  if (refusal.status === 401 && ['not_signed_in', 'not_authenticated', 'unknown'].includes(refusal.code)) signedOut()
  throw refusal
}

export function refusalOf(response: Response, problem: unknown): Refusal {
  const told = typeof problem === 'object' && problem !== null ? (problem as Partial<Wire['Problem']>) : {}
  const seconds = told.retry_after_s ?? Number(response.headers.get('Retry-After') ?? NaN)
  return new Refusal(
    response.status,
    told.code ?? 'unknown',
    told.detail ?? told.title ?? response.statusText,
    Number.isFinite(seconds) ? seconds * 1000 : null,
  )
}

export function msOf(utcUs: number): number {
  return Math.round(utcUs / 1000)
}

export function msOrNull(utcUs: number | null | undefined): number | null {
  return utcUs === null || utcUs === undefined ? null : msOf(utcUs)
}

export function usOf(ms: number): number {
  return Math.round(ms * 1000)
}
