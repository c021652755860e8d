// What happened at a moment, in words.
import type { Moment } from '@/core/timeline'
import { i18n, text, type TextKey } from '@/text/text'

/** What the machine found has a code; what people said are their own words. */
export function reasonText(reason: string): string {
  const key = `playback.reasons.${reason.replaceAll(' ', '_')}`
  return /^[a-z_ ]+$/.test(reason) && i18n.global.te(key) ? text(key as TextKey) : reason
}

export function momentText(one: Moment, stepName: (code: string) => string): string {
  if (one.kind === 'step') return stepName(one.text)
  if (one.kind === 'fault') return one.text.split(' ').map((mark) => (i18n.global.te(`search.faults.${mark}`) ? text(`search.faults.${mark}` as TextKey) : mark)).join('、')
  return one.kind === 'missing' ? reasonText(one.text) || text('playback.run.missing') : one.text
}
