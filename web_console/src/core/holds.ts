// Holds: what must not be destroyed, until two people let it go.
import type { UtcMs } from './model'

export type HoldState = 'standing' | 'release asked' | 'released' | 'over'

export interface Hold {
  readonly id: string
  readonly state: HoldState
  readonly reason: string
  readonly recordings: number
  readonly placedMs: UtcMs
  readonly untilMs: UtcMs | null
  readonly askedBy: string | null
  readonly askReason: string
}

/** What can be done with it, as far as its state goes; roles are asked besides. */
export function holdDoings(hold: Pick<Hold, 'state' | 'askedBy'>, me: string): { readonly ask: boolean; readonly confirm: boolean } {
  return { ask: hold.state === 'standing', confirm: hold.state === 'release asked' && hold.askedBy !== me }
}
