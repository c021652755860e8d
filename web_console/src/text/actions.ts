// What an action's name means, in the reader's language; a name that is not known here is shown as it is.
import { i18n, text, type TextKey } from './text'

export function actionText(name: string): string {
  const folder = name.replaceAll('.', '_')
  const key = `action.${folder}`
  return i18n.global.te(key) ? text(key as TextKey) : name
}
