// The custody log of an export: acts of the ledger, read out of their lines.
import { detailRows, type ActOutcome } from './ledger'
import type { UtcMs } from './model'

export interface CustodyAct {
  readonly index: number
  readonly ms: UtcMs
  readonly actor: string
  readonly bySystem: boolean
  readonly action: string
  /** `recording:0190…`: what kind of thing, and which. */
  readonly kind: string
  readonly subject: string
  readonly outcome: ActOutcome
  readonly address: string
  readonly detail: readonly (readonly [string, string])[]
  readonly line: string
}

const outcomes: readonly string[] = ['begun', 'done', 'refused', 'failed']

/** Null for a line that cannot be read: it is shown as it is. */
export function custodyOf(line: string): CustodyAct | null {
  let said: Record<string, unknown>
  try {
    const found: unknown = JSON.parse(line)
    if (typeof found !== 'object' || found === null) return null
    said = found as Record<string, unknown>
  } catch {
    return null
  }
  const words = (name: string) => (typeof said[name] === 'string' ? (said[name] as string) : '')
  const outcome = words('outcome')
  if (words('action') === '' || !outcomes.includes(outcome)) return null
  const [kind = '', subject = ''] = words('subject').split(/:(.*)/s)
  return {
    index: Number(said['index'] ?? 0),
    ms: Math.round(Number(said['utc_us'] ?? 0) / 1000),
    actor: words('actor_name') || words('actor'),
    bySystem: words('actor') === 'system',
    action: words('action'),
    kind,
    subject,
    outcome: outcome as ActOutcome,
    address: words('address'),
    detail: detailRows(said['detail']),
    line,
  }
}
