// Acts of the ledger, and the check that one of them is in the tree that a signed head stands for.
import type { UtcMs } from './model'

export type ActOutcome = 'begun' | 'done' | 'refused' | 'failed'

export interface ActRow {
  readonly index: number
  readonly id: string
  readonly ms: UtcMs
  readonly actor: string
  readonly actorName: string
  readonly action: string
  readonly subject: string
  readonly department: string
  readonly outcome: ActOutcome
  readonly address: string
  readonly session: string
  readonly detail: readonly (readonly [string, string])[]
}

export interface Head {
  readonly logId: string
  readonly number: number
  readonly size: number
  readonly root: string
  readonly ms: UtcMs
  readonly key: string
  readonly signature: string
  /** What the signature is over: all other members, as they were sent. */
  readonly signed: Readonly<Record<string, string | number>>
}

export interface Proven {
  readonly act: ActRow
  readonly line: string
  readonly proof: readonly string[]
  readonly head: Head
}

export interface ActFilter {
  readonly actor: string
  readonly action: string
  readonly subject: string
  readonly outcome: ActOutcome | ''
  readonly department: string
  readonly fromMs: UtcMs | null
  readonly toMs: UtcMs | null
}

export const anyAct: ActFilter = { actor: '', action: '', subject: '', outcome: '', department: '', fromMs: null, toMs: null }

/** SHA-256, of whoever runs this. */
export type Hash = (data: Uint8Array<ArrayBuffer>) => Promise<Uint8Array<ArrayBuffer>>
export type Verdict = 'included' | 'line_differs' | 'not_included' | 'signature_wrong' | 'signature_unchecked' | 'unchecked'

export function bytesOf(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: hex.length / 2 }, (_, at) => parseInt(hex.slice(2 * at, 2 * at + 2), 16))
}

export function hexOf(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

function joined(prefix: number, ...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(1 + parts.reduce((sum, part) => sum + part.length, 0))
  whole[0] = prefix
  let at = 1
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** RFC 9162 section 2.1.3.2. Indices stay below 2^53, where shifts of 32-bit numbers do not reach. */
export async function isIncluded(line: Uint8Array, index: number, proof: readonly string[], head: Pick<Head, 'size' | 'root'>, hash: Hash): Promise<boolean> {
  if (index >= head.size) return false
  let place = index
  let last = head.size - 1
  let root = await hash(joined(0, line))
  for (const step of proof) {
    if (last === 0) return false
    const sibling = bytesOf(step)
    if (place % 2 === 1 || place === last) {
      root = await hash(joined(1, sibling, root))
      while (place % 2 === 0 && place !== 0) {
        place = Math.floor(place / 2)
        last = Math.floor(last / 2)
      }
    } else {
      root = await hash(joined(1, root, sibling))
    }
    place = Math.floor(place / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 && hexOf(root) === head.root
}

/** Whether the row that is shown says what the proven line says, member by member. */
export function isOfLine(act: ActRow, line: string): boolean {
  try {
    const said = JSON.parse(line) as Record<string, unknown>
    const { id: identity, index, actor, actorName: actor_name, action, subject, department, outcome, address, session } = act
    const shown: Record<string, unknown> = { identity, index, actor, actor_name, action, subject, department, outcome, address, session }
    const same = Object.entries(shown).every(([name, value]) => said[name] === value)
    return same && Math.round(Number(said['utc_us']) / 1000) === act.ms && JSON.stringify(detailRows(said['detail'])) === JSON.stringify(act.detail)
  } catch {
    return false
  }
}

/** The details of an act as rows of words, in the order of their names. */
export function detailRows(detail: unknown): [string, string][] {
  const members = typeof detail === 'object' && detail !== null ? Object.entries(detail as Record<string, unknown>) : []
  return members.map(([name, value]): [string, string] => [name, value === null ? '—' : String(value)]).toSorted(([one], [other]) => (one < other ? -1 : 1))
}

/** Canonical JSON (RFC 8785) of a flat object of texts and whole numbers. */
export function canonical(flat: Readonly<Record<string, string | number>>): string {
  const members = Object.keys(flat).toSorted()
  return `{${members.map((name) => `${JSON.stringify(name)}:${JSON.stringify(flat[name])}`).join(',')}}`
}
