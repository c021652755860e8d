// What is known of a stretch of time: lanes of kept and missing footage, and what happened, in order.
import type { Span, UtcMs } from './model'

export type RunKind = 'live' | 'backfilled' | 'missing'

export interface Run extends Span {
  readonly kind: RunKind
  readonly reason: string
  readonly stated: boolean
}

export interface Lane {
  readonly source: string
  readonly name: string
  readonly playlistUrl: string
  /** Newest first of nothing: as the server lists them. */
  readonly recordings: readonly (Span & { readonly id: string; readonly open: boolean; readonly origin: 'server' | 'terminal' })[]
  readonly runs: readonly Run[]
  readonly perMille: number | null
  readonly faults: readonly { readonly ms: UtcMs; readonly marks: readonly string[] }[]
}

export type MomentKind = 'step' | 'mark' | 'note' | 'pause' | 'guidance' | 'fault' | 'missing' | 'made'

export interface Moment {
  readonly key: string
  readonly kind: MomentKind
  readonly ms: UtcMs
  readonly endMs: UtcMs | null
  readonly text: string
  readonly by: string
  readonly important: boolean
  readonly note: { readonly id: string; readonly recording: string; readonly mine: boolean; readonly withdrawn: string | null } | null
}

export interface Timeline {
  readonly span: Span
  readonly lanes: readonly Lane[]
  /** In the order of time. */
  readonly moments: readonly Moment[]
  readonly enforcements: readonly string[]
  /** It reaches up to now, and goes on. */
  readonly live: boolean
}

export const emptyTimeline: Timeline = { span: { startMs: 0, endMs: 0 }, lanes: [], moments: [], enforcements: [], live: false }

/** Several recordings side by side are one stretch. */
export function joined(timelines: readonly Timeline[]): Timeline {
  if (timelines.length === 0) return emptyTimeline
  const moments = new Map(timelines.flatMap((one) => one.moments).map((one) => [one.key, one]))
  return {
    span: { startMs: Math.min(...timelines.map((one) => one.span.startMs)), endMs: Math.max(...timelines.map((one) => one.span.endMs)) },
    lanes: timelines.flatMap((one) => one.lanes),
    moments: [...moments.values()].sort((a, b) => a.ms - b.ms),
    enforcements: [...new Set(timelines.flatMap((one) => one.enforcements))],
    live: timelines.some((one) => one.live),
  }
}

/** Runs of one recording, of which nobody computes a coverage: what plays, and its holes with their reasons. */
export function runsOf(plays: readonly (Span & { readonly origin: 'server' | 'terminal' })[], gaps: readonly (Span & { readonly reason: string })[], within: Span, grows = false): Run[] {
  const runs: Run[] = []
  let at = within.startMs
  const hole = (endMs: UtcMs) => {
    if (endMs - at <= 100) return
    const why = gaps.find((gap) => gap.startMs < endMs && gap.endMs > at)
    runs.push({ startMs: at, endMs, kind: 'missing', reason: why?.reason ?? '', stated: false })
  }
  for (const one of [...plays].sort((a, b) => a.startMs - b.startMs)) {
    hole(one.startMs)
    if (one.endMs > at) runs.push({ startMs: Math.max(one.startMs, at), endMs: one.endMs, kind: one.origin === 'server' ? 'live' : 'backfilled', reason: '', stated: false })
    at = Math.max(at, one.endMs)
  }
  if (!grows) hole(within.endMs) // what is on its way is not missing
  return runs
}

/** Steps that overlap lie on rows of their own; each keeps the first row that is free. */
export function rowsOf(spans: readonly Span[]): number[] {
  const free: UtcMs[] = []
  return spans.map((span) => {
    const found = free.findIndex((until) => until <= span.startMs)
    const row = found < 0 ? free.length : found
    free[row] = span.endMs
    return row
  })
}

/** The picture of the moment: the newest that is not later, or the first of all. */
export function stillAt<T extends { readonly ms: UtcMs }>(stills: readonly T[], ms: UtcMs): T | null {
  return stills.findLast((one) => one.ms <= ms) ?? stills[0] ?? null
}

/** The one before or after, from picture to picture. */
export function neighbour(stills: readonly { readonly ms: UtcMs }[], ms: UtcMs, way: 1 | -1): UtcMs | null {
  const found = way > 0 ? stills.find((one) => one.ms > ms) : stills.findLast((one) => one.ms < ms)
  return found?.ms ?? null
}

/** Which recording of a lane shows a moment: what the terminal kept itself is preferred, as it is where it is played. */
export function recordingAt(lane: Lane, ms: UtcMs): string | null {
  const there = lane.recordings.filter((one) => ms >= one.startMs && ms < one.endMs)
  const found = there.find((one) => one.origin === 'terminal') ?? there[0] ?? lane.recordings.find((one) => one.open) ?? lane.recordings[0]
  return found?.id ?? null
}

/** Shorter holes are seams between two pictures, and nobody goes there. */
const SHORTEST_MS = 1_000

/** Holes that nobody gave a reason for; the others are pauses, and told as such. */
export function holesOf(lane: Lane): Run[] {
  return lane.runs.filter((run) => run.kind === 'missing' && !run.stated && run.endMs - run.startMs >= SHORTEST_MS)
}
