// What happened at a moment, in words.
import type { Moment } from '@/core/timeline'
import { reasonText } from '@/text/gaps'
import { faultText } from '@/text/faults'
import { text, type TextKey } from '@/text/text'
import { ageText } from '@/text/when'

const lengthOf = (one: Moment) => (one.endMs === null ? '' : ageText(one.endMs - one.ms))

export function momentText(one: Moment, stepName: (code: string) => string): string {
  switch (one.kind) {
    case 'step':
      return stepName(one.text)
    case 'fault':
      return one.text === '' ? text('playback.pictureWell') : one.text.split(' ').map(faultText).join('、')
    case 'missing':
      return [reasonText(one.text) || text('coverage.noReason'), lengthOf(one)].filter(Boolean).join(' · ')
    case 'pause':
      return [one.text, lengthOf(one)].filter(Boolean).join(' · ')
    case 'made':
      return text(`playback.made.${one.text}` as TextKey)
    default:
      return one.text
  }
}

/** A terminal by its number; who sits at a console is in the ledger, under the number that stands here. */
export function byText(by: string): string {
  const [kind, name = ''] = by.split(':')
  if (kind === 'terminal') return name
  return kind === 'person' && name !== '' ? text('playback.byConsole') : by === 'system' ? '' : by
}
