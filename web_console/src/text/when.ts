// Times and ages in the reader's language.
import { countyMoment } from '@/core/county_time'
import { ageOf } from '@/core/figures'
import type { Name } from '@/core/model'
import { language, text } from './text'

const two = (value: number) => String(value).padStart(2, '0')

export function clockOf(utcMs: number): string {
  const at = new Date(utcMs)
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`
}

export function dateOf(utcMs: number): string {
  const at = new Date(utcMs)
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
}

export function momentOf(utcMs: number): string {
  return `${dateOf(utcMs)} ${clockOf(utcMs)}`
}

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
