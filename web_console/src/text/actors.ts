// Who did something, of whom only the server's short word is kept: oneself by name, others so that the ledger finds them.
import { text } from './text'

/** Of the end: numbers begin with the time at which they were made. */
const SHOWN = 8

export function actorText(by: string, self: { readonly id: string; readonly name: string } | null): string {
  const [kind = '', id = ''] = [by.slice(0, Math.max(by.indexOf(':'), 0)), by.slice(by.indexOf(':') + 1)]
  if (kind === 'person') return id === self?.id ? self.name : text('actor.person', { id: id.slice(-SHOWN) })
  if (kind === 'terminal') return text('actor.terminal', { number: id })
  return by === 'system' ? text('actor.system') : by
}
