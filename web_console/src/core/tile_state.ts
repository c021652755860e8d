// What one tile tells its viewer: from the stream's life, the session's life and whether pictures keep coming.
import type { LiveStream } from './model'
import type { SessionState } from './session_life'

export type TileState =
  | { readonly kind: 'empty' }
  | { readonly kind: 'offline' }
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  /** The field lost its link, or ours broke; the last picture stands with its age. */
  | { readonly kind: 'lost'; readonly sinceMs: number; readonly whose: 'field' | 'here' }
  | { readonly kind: 'refused' }
  | { readonly kind: 'ended' }

export interface TileFacts {
  readonly source: string | null
  readonly stream: LiveStream | null
  readonly session: SessionState
  /** Local time when the newest picture was seen, or null when there was none yet. */
  readonly lastFrameMs: number | null
  readonly nowMs: number
  /** Server UTC minus local time. */
  readonly clockOffsetMs: number
}

/** Pictures may pause this long (a key frame on a poor link) before the tile says so. */
export const STILL_AFTER_MS = 2_500

export function tileState(facts: TileFacts): TileState {
  if (facts.source === null) return { kind: 'empty' }
  if (!facts.stream) return facts.lastFrameMs === null ? { kind: 'offline' } : { kind: 'ended' }
  if (facts.stream.state === 'ended') return { kind: 'ended' }
  if (facts.session === 'refused') return { kind: 'refused' }
  const age = facts.lastFrameMs === null ? null : facts.nowMs - facts.lastFrameMs
  const flowing = age !== null && age < STILL_AFTER_MS
  if (flowing) return { kind: 'live' }
  // Silence at the server is the field's; pictures that it has and we have not are our own loss.
  const silentMs = facts.stream.uplink?.silentMs ?? 0
  const whose = facts.stream.state === 'lost' || silentMs > STILL_AFTER_MS / 2 ? 'field' : 'here'
  if (facts.lastFrameMs !== null) return { kind: 'lost', sinceMs: facts.lastFrameMs + facts.clockOffsetMs, whose }
  if (whose === 'here') return { kind: 'connecting' }
  const sinceMs = facts.stream.state === 'lost' ? facts.stream.sinceMs : facts.nowMs + facts.clockOffsetMs - silentMs
  return { kind: 'lost', sinceMs, whose }
}
