// Player time ↔ wall clock: a playlist is a row of pieces, each with its place in the player and its capture time.
import type { Span, UtcMs } from './model'

export interface Piece {
  /** Seconds in the player. */
  readonly startS: number
  readonly durationS: number
  readonly utcMs: UtcMs
}

/** Pieces closer together than this belong to one uninterrupted run. */
const SEAM_MS = 1_200

export class PlaybackTime {
  private readonly pieces: readonly Piece[]

  constructor(pieces: readonly Piece[]) {
    this.pieces = [...pieces].sort((a, b) => a.startS - b.startS)
  }

  get span(): Span | null {
    const first = this.pieces[0]
    const last = this.pieces.at(-1)
    return first && last ? { startMs: first.utcMs, endMs: end(last) } : null
  }

  /** The wall-clock time of a moment in the player, or null outside of the playlist. */
  toUtc(playerS: number): UtcMs | null {
    const piece = this.pieces.findLast((one) => one.startS <= playerS + 0.001)
    if (!piece) return this.pieces[0]?.utcMs ?? null
    return piece.utcMs + Math.min(playerS - piece.startS, piece.durationS) * 1000
  }

  /** The player's moment for a wall-clock time; a time inside a gap leads to the first picture after it. */
  toPlayer(utcMs: UtcMs): number | null {
    for (const piece of this.pieces) {
      if (utcMs < piece.utcMs) return piece.startS
      if (utcMs < end(piece)) return piece.startS + (utcMs - piece.utcMs) / 1000
    }
    const last = this.pieces.at(-1)
    return last ? last.startS + last.durationS : null
  }

  /** The uninterrupted runs, by wall clock. */
  get runs(): Span[] {
    const runs: { startMs: number; endMs: number }[] = []
    for (const piece of this.pieces) {
      const run = runs.at(-1)
      if (run && piece.utcMs - run.endMs < SEAM_MS) run.endMs = Math.max(run.endMs, end(piece))
      else runs.push({ startMs: piece.utcMs, endMs: end(piece) })
    }
    return runs
  }

  get gaps(): Span[] {
    const runs = this.runs
    return runs.slice(1).map((run, at) => ({ startMs: runs[at]?.endMs ?? run.startMs, endMs: run.startMs }))
  }
}

function end(piece: Piece): UtcMs {
  return piece.utcMs + piece.durationS * 1000
}

/** Marks for a strip that shows `span`: whole steps of the local day, at most `most` of them. */
export function timeMarks(span: Span, most: number, offsetMinutes: number): UtcMs[] {
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400]
  const step = (steps.find((each) => (span.endMs - span.startMs) / (each * 1000) <= most) ?? 86400) * 1000
  const shift = offsetMinutes * 60_000
  const marks: UtcMs[] = []
  for (let at = Math.ceil((span.startMs + shift) / step) * step - shift; at <= span.endMs; at += step) marks.push(at)
  return marks
}

/** `9:05` or `09:05:30` as a moment inside of the span, on whichever of its local days it fits; null when on none. */
export function momentIn(words: string, span: Span, offsetMinutes: number): UtcMs | null {
  const found = /^\s*(\d{1,2})[:：](\d{2})(?:[:：](\d{2}))?\s*$/.exec(words)
  if (!found) return null
  const [hours, minutes, seconds] = [Number(found[1]), Number(found[2]), Number(found[3] ?? 0)]
  if (hours > 23 || minutes > 59 || seconds > 59) return null
  const day = 86_400_000
  const shift = offsetMinutes * 60_000
  const midnight = Math.floor((span.startMs + shift) / day) * day - shift
  const within = ((hours * 60 + minutes) * 60 + seconds) * 1000
  for (let at = midnight + within; at <= span.endMs; at += day) {
    // A time without seconds means the whole minute.
    if (at >= span.startMs || (found[3] === undefined && at + 60_000 > span.startMs)) return Math.max(at, span.startMs)
  }
  return null
}

/** A moment's place on a strip `width` wide, and back. */
export function placeOf(utcMs: UtcMs, span: Span, width: number): number {
  return span.endMs > span.startMs ? ((utcMs - span.startMs) / (span.endMs - span.startMs)) * width : 0
}

export function momentAt(place: number, span: Span, width: number): UtcMs {
  const share = width > 0 ? Math.min(1, Math.max(0, place / width)) : 0
  return span.startMs + share * (span.endMs - span.startMs)
}
