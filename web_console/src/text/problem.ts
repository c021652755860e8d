// What the server refuses, in the reader's language; a code that is not known here is told in the server's words.
import { countyClock } from '@/core/county_time'
import { Refusal } from '@/core/media_session'
import { i18n, text, type TextKey } from './text'
import { ageText } from './when'

export function problemText(error: unknown): string {
  if (!(error instanceof Refusal)) return error instanceof Error ? error.message : String(error)
  const key = `problem.${error.code}`
  if (i18n.global.te(key)) return text(key as TextKey, { detail: error.message, ...waitOf(error) })
  return error.message || text('problem.unknown', { status: error.status })
}

function waitOf(refusal: Refusal): { wait: string; until: string } {
  const ms = refusal.retryAfterMs ?? 60_000
  return { wait: ageText(ms), until: countyClock(Date.now() + ms).slice(0, 5) }
}
