// How long recordings are kept, whether the clock is believed, and how long the disk lasts.
import type { UtcMs } from './model'

/** `class` of the rule: a step's key of retention, or the kind of a matter. */
export interface KeepRule {
  readonly name: string
  readonly keep: string
  readonly department: string | null
  readonly kind: string | null
  readonly step: string | null
  readonly class: string | null
  readonly linked: boolean | null
}

export interface KeepPolicy {
  /** Empty: there is no file, and nothing ends. */
  readonly digest: string
  readonly floorMonths: number
  readonly rules: readonly KeepRule[]
}

export interface KeptRecording {
  readonly id: string
  readonly untilMs: UtcMs | null
  readonly rule: string
  readonly holds: readonly string[]
  readonly cases: readonly string[]
  readonly listed: boolean
  readonly whyNot: string
}

export interface ClockBelief {
  readonly believed: boolean
  readonly whyNot: string
  readonly detail: string
  readonly synchronised: boolean | null
  readonly serverMs: UtcMs
}

export type DiskLevel = 'fine' | 'alarm' | 'refuse' | 'stop'

export interface DiskFolder {
  readonly totalBytes: number
  readonly freeBytes: number
  readonly level: DiskLevel
}

export interface DiskForecast {
  readonly folders: readonly DiskFolder[]
  readonly alarmPercent: number
  readonly refusePercent: number
  readonly bytesPerDay: number
  readonly fullMs: UtcMs | null
  readonly fullWithDestructionMs: UtcMs | null
  readonly heldBytes: number
  /** 0: not yet. */
  readonly computedMs: UtcMs
}

export type Term = { readonly months: number } | 'as_case_file' | 'permanent'

export function termOf(keep: string): Term | null {
  if (keep === 'as_case_file' || keep === 'permanent') return keep
  return /^\d{1,4}$/.test(keep) ? { months: Number(keep) } : null
}

/** 0 to 100, with one place after the point. */
export function usedPercent(folder: Pick<DiskFolder, 'totalBytes' | 'freeBytes'>): number {
  if (folder.totalBytes <= 0) return 0
  return Math.min(100, Math.max(0, Math.round(((folder.totalBytes - folder.freeBytes) / folder.totalBytes) * 1000) / 10))
}

/** Whole days from now on; 0 for what is past. */
export function daysUntil(ms: UtcMs, nowMs: UtcMs): number {
  return Math.max(0, Math.floor((ms - nowMs) / 86_400_000))
}

export const whysKept = ['held', 'exported', 'case', 'longer', 'endless', 'listed', 'gone', 'no_seal', 'other_seal', 'damaged', 'not_sealed'] as const
export type WhyKept = (typeof whysKept)[number]

const sentences: readonly (readonly [RegExp, WhyKept])[] = [
  [/^it is held/, 'held'],
  [/^an export of it/, 'exported'],
  [/^it is linked to a case/, 'case'],
  [/^it is kept for longer/, 'longer'],
  [/^it is kept without end/, 'endless'],
  [/^it stands on another list/, 'listed'],
  [/^it is gone/, 'gone'],
  [/^its seal is missing/, 'no_seal'],
  [/^its seal is of another/, 'other_seal'],
  [/^it is not what was sealed/, 'damaged'],
  [/, not sealed$/, 'not_sealed'],
]

/** The server says in a sentence why something may not be destroyed; null for one that is not known here. */
export function whyKeptOf(sentence: string): WhyKept | null {
  return sentences.find(([pattern]) => pattern.test(sentence))?.[1] ?? null
}
