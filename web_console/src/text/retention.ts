// Rules of keeping, reasons and troubles in the reader's language; what is not known here is shown as the server says it.
import { termOf, whyKeptOf, type KeepRule } from '@/core/retention'
import { nameOf } from '@/core/troubles'
import { i18n, text, type TextKey } from './text'

export interface KeepNames {
  readonly department: (path: string) => string
  readonly step: (code: string) => string
}

function known(key: string, otherwise: string): string {
  return i18n.global.te(key) ? text(key as TextKey) : otherwise
}

export const ruleText = (name: string) => known(`keepRule.${name.replaceAll(' ', '_')}`, name)
export const ruleWhy = (name: string) => known(`keepWhy.${name.replaceAll(' ', '_')}`, '')
export const clockWhy = (word: string, detail: string) => known(`clockWhy.${word}`, detail || word)

/** `jumped: the wall clock went …`: the first word says why. */
export function clockDetail(detail: string): string {
  const [word = '', ...more] = detail.split(': ')
  return clockWhy(word, more.join(': ') || detail)
}

export function termText(keep: string): string {
  const term = termOf(keep)
  if (term === null) return keep
  return typeof term === 'string' ? text(`keepTerm.${term}`) : text('keepTerm.months', { count: term.months })
}

/** What a recording must be for the rule to apply; all of it. */
export function conditionTexts(rule: KeepRule, names: KeepNames): string[] {
  const found: string[] = []
  if (rule.department !== null) found.push(names.department(rule.department))
  if (rule.kind !== null) found.push(known(`search.kinds.${rule.kind}`, rule.kind))
  if (rule.step !== null) found.push(names.step(rule.step))
  if (rule.class !== null) found.push(known(`keepClass.${rule.class}`, rule.class))
  if (rule.linked !== null) found.push(text(rule.linked ? 'retention.linked' : 'retention.unlinked'))
  return found.length > 0 ? found : [text('retention.everything')]
}

export function whyKeptText(sentence: string): string {
  const why = whyKeptOf(sentence)
  return why === null ? sentence : text(`whyKept.${why}`)
}

export function troubleText(trouble: string): string {
  const name = nameOf(trouble)
  return name === null ? trouble : text(`recordingTrouble.${name}`)
}

export function troubleAdvice(trouble: string): string {
  const name = nameOf(trouble)
  return text(`troubleAdvice.${name ?? 'unknown'}`)
}

/** What the system wrote itself is said in the reader's language. */
export function reasonText(reason: string): string {
  if (reason === 'their time is over') return text('retention.timeOver')
  return reason === 'nothing was left on it' ? text('retention.nothingLeft') : reason
}
