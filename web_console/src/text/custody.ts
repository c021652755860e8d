// Acts of a custody log in the reader's language; details that are not known here stand in the line itself.
import type { CustodyAct } from '@/core/custody'
import { bytesText } from '@/core/figures'
import { i18n, text, type TextKey } from './text'

export function custodySubject(act: CustodyAct): string {
  const key = `custodyKind.${act.kind}`
  const kind = i18n.global.te(key) ? text(key as TextKey) : act.kind
  return act.kind === 'export' ? kind : `${kind} ${act.subject}`
}

const shown: readonly string[] = ['state', 'mode', 'purpose', 'recipient', 'reason', 'bytes']

export function custodyWords(act: CustodyAct): string[] {
  const words = act.detail
    .filter(([name, value]) => shown.includes(name) && value !== '' && value !== '—')
    .map(([name, value]) => `${text(`custodyDetail.${name}` as TextKey)} ${said(name, value)}`)
  return act.address === '' ? words : [...words, `${text('account.address')} ${act.address}`]
}

function said(name: string, value: string): string {
  if (name === 'bytes' && /^\d+$/.test(value)) return bytesText(Number(value))
  const key = name === 'state' ? `exportState.${value}` : name === 'mode' ? `exportMode.${value}` : ''
  return key !== '' && i18n.global.te(key) ? text(key as TextKey) : value
}
