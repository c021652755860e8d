// The county's clock: Beijing time, eight hours ahead of UTC all year, wherever the browser stands.
import type { UtcMs } from './model'

export const AHEAD_MIN = 480
const AHEAD_MS = AHEAD_MIN * 60_000
const two = (value: number) => String(value).padStart(2, '0')

/** `2026-03-31` */
export function countyDay(ms: UtcMs): string {
  const at = new Date(ms + AHEAD_MS)
  return `${at.getUTCFullYear()}-${two(at.getUTCMonth() + 1)}-${two(at.getUTCDate())}`
}

/** `23:59:59` */
export function countyClock(ms: UtcMs): string {
  const at = new Date(ms + AHEAD_MS)
  return `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`
}

export function countyMoment(ms: UtcMs): string {
  return `${countyDay(ms)} ${countyClock(ms)}`
}

/** As `<input type="datetime-local">` has it: `2026-03-31T23:59`. */
export function countyInput(ms: UtcMs): string {
  return `${countyDay(ms)}T${countyClock(ms).slice(0, 5)}`
}

/** The same to the second. */
export function countySeconds(ms: UtcMs): string {
  return `${countyDay(ms)}T${countyClock(ms)}`
}

/** Null for what is no moment. */
export function msOfCountyInput(words: string): UtcMs | null {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/.test(words)) return null
  const ms = Date.parse(`${words.length === 16 ? `${words}:00` : words}Z`) - AHEAD_MS
  return Number.isFinite(ms) ? ms : null
}

/** The county's midnight before a moment, `days` later. */
export function countyMidnight(ms: UtcMs, days = 0): UtcMs {
  const day = 86_400_000
  return Math.floor((ms + AHEAD_MS) / day) * day - AHEAD_MS + days * day
}

/** From the first day's midnight to the end of the last; what is no day sets no bound. */
export function spanOfDays(from: string, to: string): { readonly fromMs: UtcMs | null; readonly toMs: UtcMs | null } {
  const last = msOfCountyInput(`${to}T00:00`)
  return { fromMs: msOfCountyInput(`${from}T00:00`), toMs: last === null ? null : countyMidnight(last, 1) }
}

/** A date picker shows the browser's own clock: a Date whose hands there stand as the county's do. */
export function pickerOfCounty(ms: UtcMs): Date {
  const at = new Date(ms + AHEAD_MS)
  return new Date(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate(), at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds())
}

export function countyOfPicker(shown: Date): UtcMs {
  return Date.UTC(shown.getFullYear(), shown.getMonth(), shown.getDate(), shown.getHours(), shown.getMinutes(), shown.getSeconds()) - AHEAD_MS
}
