// Somebody is there: when the server is told so, and when a sign-in is about to end because nobody is.

export interface SignInEnds {
  /** By the server's clock. */
  readonly idleEndMs: number
  readonly absoluteEndMs: number
}

/** Marks that somebody is there; looking marks nothing. */
export interface PresenceServer {
  readonly mark: () => Promise<SignInEnds>
  readonly look: () => Promise<SignInEnds>
}

export interface Input {
  readonly type: string
  readonly isTrusted: boolean
  readonly screenX?: number
  readonly screenY?: number
}

export interface Leaving {
  readonly seconds: number
  /** False: the sign-in is as old as one may be, and ends whoever is there. */
  readonly mayStay: boolean
}

export const presencePlan = { markMs: 60_000, againMs: 5_000, warnMs: 60_000 }

export class Presence {
  private ends: SignInEnds | null = null
  private markedMs = -Infinity
  private nextLook = -Infinity
  private failed = false
  private at: string | null = null

  constructor(private readonly server: PresenceServer) {}

  /** A sign-in has begun, or was found at the page's start. */
  begin(ends: SignInEnds | null): void {
    this.ends = ends
    this.markedMs = this.nextLook = -Infinity
  }

  /** At most one mark a minute; sooner while the warning stands, or when the last one did not arrive. */
  async took(input: Input, nowMs: number): Promise<void> {
    if (!this.isReal(input) || this.ends === null) return
    const waitMs = this.failed || this.leaving(nowMs) ? presencePlan.againMs : presencePlan.markMs
    if (nowMs - this.markedMs < waitMs) return
    this.markedMs = nowMs
    try {
      this.ends = await this.server.mark()
      this.failed = false
    } catch {
      this.failed = true
    }
  }

  /** Before warning: another window may have been used. */
  async tick(nowMs: number): Promise<void> {
    if (this.leaving(nowMs) === null || nowMs < this.nextLook) return
    this.nextLook = nowMs + presencePlan.againMs
    this.ends = await this.server.look().catch(() => this.ends)
  }

  leaving(nowMs: number): Leaving | null {
    if (this.ends === null) return null
    const leftMs = this.ends.idleEndMs - nowMs
    if (leftMs > presencePlan.warnMs) return null
    return { seconds: Math.max(0, Math.ceil(leftMs / 1000)), mayStay: this.ends.idleEndMs < this.ends.absoluteEndMs }
  }

  /** Not what a script made, and not the move that a browser reports when only the page moved under the pointer. */
  private isReal(input: Input): boolean {
    if (!input.isTrusted) return false
    if (input.type !== 'pointermove') return true
    const before = this.at
    this.at = `${input.screenX} ${input.screenY}`
    return before !== null && before !== this.at
  }
}
