// What was wrong with a picture, in the reader's language.
import { i18n, text, type TextKey } from './text'

export function faultText(mark: string): string {
  const key = `search.faults.${mark}`
  return i18n.global.te(key) ? text(key as TextKey) : text('search.faultOther')
}
