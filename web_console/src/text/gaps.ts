// Why something is missing: the machine's words in the reader's language; what people stated is shown as they said it.
import { i18n, text, type TextKey } from './text'

export function reasonText(reason: string): string {
  const key = `gapReason.${reason.replaceAll(/[ .]/g, '_')}`
  return i18n.global.te(key) ? text(key as TextKey) : reason
}
