// One WHIP or WHEP session: offer, answer, connection, restart after a loss, and a clean goodbye.
import { backoffMs } from './backoff'
import { restartFragment, restartedAnswer } from './sdp'
import { nextState, type SessionEvent, type SessionState } from './session_life'

export type Connectivity = 'new' | 'connecting' | 'connected' | 'disconnected' | 'failed' | 'closed'

/** One RTCPeerConnection, without the browser. */
export interface PeerPort {
  offer(restart: boolean): Promise<string>
  accept(answer: string): Promise<void>
  close(): void
}

export interface Opened {
  readonly answer: string
  /** The session's own address (the Location header). */
  readonly session: string
  readonly token: string
}

export interface SignallingPort {
  open(offer: string): Promise<Opened>
  /** Sends an ICE fragment, returns the server's. */
  restart(opened: Opened, fragment: string): Promise<string>
  /** Never rejects. Not final: a new try follows at once. A final goodbye must also work while the page is being left. */
  close(opened: Opened, final: boolean): Promise<void>
}

export interface TimersPort {
  after(ms: number, run: () => void): () => void
  chance(): number
}

/** Why the server said no; `final` means that asking again with the same words is useless. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly retryAfterMs: number | null = null,
  ) {
    super(message)
  }

  get final(): boolean {
    return this.status >= 400 && this.status < 500 && ![401, 404, 408, 409, 425, 429].includes(this.status)
  }
}

export interface SessionPorts {
  readonly peer: (onConnectivity: (state: Connectivity) => void) => PeerPort
  readonly signalling: SignallingPort
  readonly timers: TimersPort
  readonly changed: (state: SessionState, refusal: Refusal | null) => void
}

/** How long each stage may take before the next remedy is tried. */
export const patience = { connectMs: 8_000, healMs: 1_500, restartMs: 4_000 }

export class MediaSession {
  private current: SessionState = 'idle'
  private peer: PeerPort | null = null
  private opened: Opened | null = null
  private attempt = 0
  private round = 0
  private cancelTimer: () => void = () => {}

  constructor(private readonly ports: SessionPorts) {}

  get state(): SessionState {
    return this.current
  }

  start(): void {
    if (this.current === 'idle') void this.open('start')
  }

  /** Nothing comes although the server has it: look for a new path now. */
  nudge(): void {
    if (this.current === 'connected') this.interrupted(0)
    else this.hurry()
  }

  /** There is reason to believe that the next try will work: do not wait for it. */
  hurry(): void {
    if (this.current === 'waiting') void this.open('retry')
  }

  stop(): void {
    if (this.current === 'ended') return
    this.release(true)
    this.move('stop', null)
  }

  private async open(event: 'start' | 'retry'): Promise<void> {
    const round = ++this.round
    this.move(event, null)
    this.timer(patience.connectMs, () => this.retryLater(null))
    try {
      const peer = this.ports.peer((state) => this.heard(round, state))
      this.peer = peer
      const offer = await peer.offer(false)
      if (round !== this.round) return
      const opened = await this.ports.signalling.open(offer)
      if (round !== this.round) return await this.ports.signalling.close(opened, this.current === 'ended')
      this.opened = opened
      this.move('answered', null)
      await peer.accept(opened.answer)
    } catch (error) {
      if (round === this.round) this.failed(error)
    }
  }

  private heard(round: number, state: Connectivity): void {
    if (round !== this.round) return
    if (state === 'connected') {
      this.attempt = 0
      this.cancelTimer()
      this.move('connected', null)
    } else if (state === 'disconnected') this.interrupted(patience.healMs)
    else if (state === 'failed') this.interrupted(0)
  }

  private interrupted(waitMs: number): void {
    if (this.current === 'connecting') return this.retryLater(null)
    if (this.current === 'interrupted' && waitMs > 0) return
    this.move('interrupted', null)
    this.timer(waitMs, () => void this.restart())
  }

  private async restart(): Promise<void> {
    const { peer, opened, round } = this
    if (!peer || !opened) return this.retryLater(null)
    this.timer(patience.restartMs, () => this.retryLater(null))
    try {
      const fragment = restartFragment(await peer.offer(true))
      if (round !== this.round) return
      const answer = restartedAnswer(opened.answer, await this.ports.signalling.restart(opened, fragment))
      if (round !== this.round) return
      this.opened = { ...opened, answer }
      await peer.accept(answer)
    } catch {
      if (round === this.round) this.retryLater(null)
    }
  }

  private failed(error: unknown): void {
    const refusal = error instanceof Refusal ? error : null
    if (refusal?.final) {
      this.release(true)
      this.move('refused', refusal)
    } else this.retryLater(refusal)
  }

  private retryLater(refusal: Refusal | null): void {
    this.release(false)
    this.move('failed', refusal)
    const wait = refusal?.retryAfterMs ?? backoffMs(this.attempt++, this.ports.timers.chance())
    this.timer(wait, () => void this.open('retry'))
  }

  private release(final: boolean): void {
    this.round++
    this.cancelTimer()
    const { opened, peer } = this
    this.opened = null
    this.peer = null
    // The server should hear the goodbye before it notices that the link is gone.
    if (opened) void this.ports.signalling.close(opened, final).then(() => peer?.close())
    else peer?.close()
  }

  private timer(ms: number, run: () => void): void {
    this.cancelTimer()
    this.cancelTimer = this.ports.timers.after(ms, run)
  }

  private move(event: SessionEvent, refusal: Refusal | null): void {
    const next = nextState(this.current, event)
    if (next === null) return
    this.current = next
    this.ports.changed(next, refusal)
  }
}
