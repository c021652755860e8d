// Several pictures in step by wall clock: how one that drifts comes back to the leading one, and who leads on.
import type { Span, UtcMs } from './model'

/** Closer than this nobody sees a difference. */
const CLOSE_MS = 40
/** Farther than this a changed speed would take too long. */
const FAR_MS = 1_000
/** How much faster or slower a picture may run to catch up; more is heard. */
const MOST_TRIM = 0.2
/** What is promised to whoever compares two pictures. */
export const DRIFT_MOST_MS = 200

export type Correction = { readonly kind: 'trim'; readonly trim: number } | { readonly kind: 'seek' }

/** `driftMs`: how far this one is ahead. At high speeds the same drift passes sooner, so that more is caught up by speed. */
export function correctionOf(driftMs: number, playing: boolean, speed: number): Correction {
  const off = Math.abs(driftMs)
  if (off <= CLOSE_MS) return { kind: 'trim', trim: 1 }
  if (!playing || off > FAR_MS * Math.max(1, speed)) return { kind: 'seek' }
  const wanted = driftMs / (FAR_MS * Math.max(1, speed))
  return { kind: 'trim', trim: 1 - Math.max(-MOST_TRIM, Math.min(MOST_TRIM, wanted)) }
}

/** Null: nothing to compare. */
export function worstDrift(drifts: readonly (number | null)[]): number | null {
  const known = drifts.filter((one) => one !== null)
  return known.length === 0 ? null : Math.max(...known.map(Math.abs))
}

/** Where one of `count` pictures stands: rows and columns that waste the least. */
export function columnsOf(count: number): 1 | 2 {
  return count > 1 ? 2 : 1
}

export interface Lead {
  readonly key: string
  readonly atMs: UtcMs
}

/** Who shows this moment, or else the next one that anybody shows; null: nobody shows anything from there on. */
export function leadAt(ms: UtcMs, runs: ReadonlyMap<string, readonly Span[]>): Lead | null {
  let next: Lead | null = null
  for (const [key, spans] of runs)
    for (const span of spans) {
      if (span.endMs <= ms) continue
      const atMs = Math.max(span.startMs, ms)
      if (next === null || atMs < next.atMs) next = { key, atMs }
    }
  return next
}

/** Between two looks at the leading one: farther than playing goes, it has left out what it does not have. */
export function leftOut(beforeMs: UtcMs, nowMs: UtcMs, everyMs: number, speed: number): boolean {
  return nowMs - beforeMs > 1_500 + 3 * everyMs * speed
}
