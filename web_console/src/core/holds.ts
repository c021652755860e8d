// Holds: what must not be destroyed, until two people let it go.
import type { UtcMs } from './model'

export type HoldState = 'standing' | 'release asked' | 'released' | 'over'

export interface Hold {
  readonly id: string
  readonly state: HoldState
  readonly reason: string
  readonly recordings: number
  readonly placedBy: string
  readonly placedMs: UtcMs
  readonly untilMs: UtcMs | null
  readonly askedBy: string | null
  /** The person, by id: names are not unique. */
  readonly askedById: string | null
  readonly askReason: string
  readonly endedBy: string | null
  readonly endedMs: UtcMs
}

/** What can be done with it, as far as its state goes; roles are asked besides. */
export function holdDoings(hold: Pick<Hold, 'state' | 'askedById'>, me: string): { readonly ask: boolean; readonly withdraw: boolean; readonly confirm: boolean } {
  const asked = hold.state === 'release asked'
  return { ask: hold.state === 'standing', withdraw: asked, confirm: asked && hold.askedById !== me }
}
