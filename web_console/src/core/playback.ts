// What a recording is viewed for, what proves it, and what was made from it.
import type { UtcMs } from './model'
import type { Found } from './recording_search'

export const viewingKinds = ['case', 'review', 'supervision', 'complaint', 'training', 'technical', 'other'] as const
export type ViewingKind = (typeof viewingKinds)[number]

export interface Viewing {
  readonly id: string
  /** Lines that stand over the picture. */
  readonly watermark: readonly string[]
}

export interface Still {
  readonly ms: UtcMs
  readonly url: string
}

export interface Proof {
  readonly state: Found['state']
  readonly sealedMs: UtcMs | null
  readonly stampedMs: UtcMs | null
  readonly scrubbedMs: UtcMs | null
  readonly damage: string
  readonly seal: { readonly algorithm: string; readonly chain: string; readonly fragments: number; readonly segments: number; readonly signature: string; readonly sm3: string } | null
  readonly key: string
}

export interface NewDerivative {
  readonly recording: string
  readonly kind: 'clip' | 'still' | 'marked'
  readonly fromMs: UtcMs
  readonly toMs: UtcMs
  readonly mark: string
}

export interface Derivative {
  readonly id: string
  readonly kind: NewDerivative['kind']
  readonly state: 'asked' | 'ready' | 'failed'
  readonly progress: number
  readonly fromMs: UtcMs
  readonly toMs: UtcMs
  readonly bytes: number
  readonly by: string
  readonly note: string
  readonly sha256: string
  readonly url: string | null
  readonly needsExport: boolean
  readonly originUrl: string | null
}
