// Exports: originals that leave the archive once somebody else approved it; derivatives: what was made from them.
import type { UtcMs } from './model'

export type ExportState = 'requested' | 'approved' | 'ready' | 'refused' | 'withdrawn' | 'expired' | 'failed'
export type ExportOf = 'recordings' | 'enforcement' | 'case'
export type ExportMode = 'view' | 'download'
export type ExportTab = 'mine' | 'waiting' | 'approved'

/** What the server is asked for, so that each page is full of what the tab shows. */
export interface ExportFilter {
  readonly states: readonly ExportState[]
  readonly mine: boolean
}

export const filters: Readonly<Record<ExportTab, ExportFilter>> = {
  mine: { states: [], mine: true },
  waiting: { states: ['requested'], mine: false },
  approved: { states: ['approved', 'ready'], mine: false },
}

export interface ExportEntry {
  readonly id: string
  readonly departmentName: string
  readonly state: ExportState
  readonly of: ExportOf
  readonly subject: string
  readonly recordings: readonly string[]
  readonly mode: ExportMode
  readonly purpose: string
  readonly recipient: string
  /** A person who may play it, besides; '' is nobody. */
  readonly viewer: string
  readonly hours: number
  readonly downloads: number
  readonly fetched: number
  readonly requestedBy: string
  readonly requestedName: string
  readonly requestedMs: UtcMs
  readonly decidedName: string
  readonly decidedMs: UtcMs
  readonly reason: string
  readonly note: string
  readonly endsMs: UtcMs
  readonly bytes: number
  readonly manifest: string
  readonly preparedBytes: number
  readonly toPrepareBytes: number
}

export interface ExportWish {
  readonly of: ExportOf
  readonly ids: readonly string[]
  readonly purpose: string
  readonly recipient: string
  readonly mode: ExportMode
  readonly hours: number
  readonly downloads: number
}

export interface Derivative {
  readonly id: string
  readonly recordingId: string
  readonly kind: 'clip' | 'still' | 'marked'
  readonly state: 'asked' | 'ready' | 'failed'
  readonly madeName: string
  readonly madeMs: UtcMs
  readonly originalSha256: string
  readonly originalIsKept: boolean
  readonly bytes: number
  readonly note: string
  readonly contentUrl: string | null
  /** A clip leaves under an approved export of its original. */
  readonly needsExport: boolean
  readonly originUrl: string | null
}

/** What an address asks for: `?recordings=ID,ID`, `?enforcement=ID` or `?case=ID`. */
export function subjectOf(query: Readonly<Record<string, unknown>>): { readonly of: ExportOf; readonly ids: readonly string[] } {
  for (const of of ['recordings', 'enforcement', 'case'] as const) {
    const words = query[of]
    if (typeof words === 'string' && words !== '') return { of, ids: idsOf(words) }
  }
  return { of: 'recordings', ids: [] }
}

/** Identifiers that stand between commas, spaces or lines; each once. */
export function idsOf(words: string): string[] {
  return [...new Set(words.split(/[\s,，、]+/).filter((one) => one !== ''))]
}

/** Read aloud and compared by people: groups of four. */
export function groupsOf(fingerprint: string): string[] {
  return fingerprint.match(/.{1,4}/g) ?? []
}

export function downloadsLeft(one: Pick<ExportEntry, 'downloads' | 'fetched'>): number {
  return Math.max(0, one.downloads - one.fetched)
}

/** What the person in front can do with it, as far as its life goes; roles are asked besides. */
export function doingsWith(one: Pick<ExportEntry, 'state' | 'requestedBy' | 'mode' | 'downloads' | 'fetched'>, me: string) {
  const standing = one.state === 'requested' || one.state === 'approved' || one.state === 'ready'
  return {
    decide: one.state === 'requested' && one.requestedBy !== me,
    link: one.state === 'ready' && one.requestedBy === me && one.mode === 'download' && downloadsLeft(one) > 0,
    withdraw: standing,
  }
}
