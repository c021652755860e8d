// Which moments of an enforcement are kept: runs by the wall clock, live, backfilled, or missing for a reason.
import type { UtcMs } from './model'

export type RunKind = 'live' | 'backfilled' | 'missing'

export interface Run {
  readonly fromMs: UtcMs
  readonly toMs: UtcMs
  readonly kind: RunKind
  readonly reason: string
  /** Somebody gave the reason; others were found by the machine. */
  readonly stated: boolean
}

export interface Coverage {
  /** The terminal's number; empty: all of them together. */
  readonly source: string
  readonly perMille: number
  readonly missingMs: number
  readonly statedMs: number
  readonly runs: readonly Run[]
}

/** A run on a line of `width`, at least wide enough to be seen. */
export function placed(runs: readonly Run[], width: number): { readonly x: number; readonly width: number; readonly run: Run }[] {
  const [from, to] = [runs[0]?.fromMs ?? 0, runs.at(-1)?.toMs ?? 0]
  const scale = to > from ? width / (to - from) : 0
  return runs.map((run) => ({ x: (run.fromMs - from) * scale, width: Math.max(1.5, (run.toMs - run.fromMs) * scale), run }))
}

/** 998 → `99.8%`: never rounded up, so that only what is whole is shown as 100%. */
export function coverageText(perMille: number): string {
  return perMille >= 1000 ? '100%' : `${(Math.floor(perMille) / 10).toFixed(1)}%`
}

/** What is missing, the longest first. */
export function missingOf(coverage: Coverage): Run[] {
  return coverage.runs.filter((run) => run.kind === 'missing').toSorted((one, other) => other.toMs - other.fromMs - (one.toMs - one.fromMs))
}
