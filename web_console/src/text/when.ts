// Times and ages in the reader's language.
import { countyClock, countyDay, countyMoment } from '@/core/county_time'
import { ageOf } from '@/core/figures'
import type { Name } from '@/core/model'
import { language, text } from './text'

// One clock in the whole console, the county's: who reads a time aloud means the same one wherever they sit.
export const clockOf = countyClock
export const dateOf = countyDay
export const momentOf = countyMoment

/** In the county's time, wherever the browser stands; to the minute. */
export function countyText(utcMs: number): string {
  return countyMoment(utcMs).slice(0, 16)
}

/** With seconds, in a column that says which time it is. */
export function countyMomentText(utcMs: number): string {
  return countyMoment(utcMs)
}

/** With seconds and the zone: for what may be evidence. */
export function countyExact(utcMs: number): string {
  return text('when.exact', { moment: countyMoment(utcMs) })
}

export function ageText(ms: number): string {
  const { count, unit } = ageOf(ms)
  return text(`age.${unit}`, { count })
}

export function agoText(ms: number): string {
  return text('age.ago', { age: ageText(ms) })
}

export function nameText(name: Name): string {
  return name[language()]
}

/** A terminal's name where its department is written beside it already. */
export function shortName(name: Name, department: Name): string {
  const [whole, known] = [nameText(name), nameText(department)]
  return known !== '' && whole.startsWith(known) ? whole.slice(known.length).replace(/^[,，\s]+/, '') || whole : whole
}
