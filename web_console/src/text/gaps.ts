// Why something is missing: the machine's words in the reader's language; what people stated is shown as they said it.
import { i18n, text, type TextKey } from './text'

/** As the machine writes its reasons; people begin otherwise, or write Chinese. */
const MACHINE = /^[a-z][a-z0-9 _.,'/-]*$/

/** Numbers in it are left open: how many kilobit per second were too many does not matter here. */
function keyOf(reason: string): string {
  const letters = reason.toLowerCase().replaceAll(/\d+(\.\d+)?/g, 'n').replaceAll(/[^a-z]+/g, '_')
  return `gapReason.${letters.replaceAll(/^_+|_+$/g, '')}`
}

export function reasonText(reason: string, stated = false): string {
  if (stated || !MACHINE.test(reason)) return reason
  const key = keyOf(reason)
  return text(i18n.global.te(key) ? (key as TextKey) : 'gapReason.other')
}
