// The console's line to the server: one WebSocket after another, each going on where the last one ended.
import { backoffMs, type BackoffPlan } from './backoff'
import type { TimersPort } from './media_session'

export type SignalState = 'off' | 'connecting' | 'open' | 'away'

export interface SignalSocket {
  send(text: string): void
  close(): void
}

export interface SocketEvents {
  readonly opened: () => void
  readonly heard: (text: string) => void
  readonly closed: (code: number) => void
}

export interface SignalPorts {
  readonly connect: (events: SocketEvents) => SignalSocket
  readonly timers: TimersPort
  readonly newId: () => string
  /** A message of the server, once and in order. `replyTo` is the id that `send` gave. */
  readonly message: (type: string, body: unknown, replyTo: string | null) => void
  /** What the page shows may be old: read it anew by HTTP. */
  readonly readAnew: () => void
  /** The server does not want this line any more, and says why. */
  readonly ended: (code: string) => void
  readonly changed: (state: SignalState) => void
}

export const signalPlan: BackoffPlan = { firstMs: 500, limitMs: 15_000 }
export const signalPatience = { greetMs: 8_000, pingMs: 20_000, answerMs: 6_000, ackMs: 1_000 }
/** Close code: the sign-in is over. */
const SESSION_ENDED = 4401
const PENDING_LIMIT = 40
const ACK_EVERY = 16

interface Envelope {
  readonly type: string
  readonly seq: number | null
  readonly replyTo: string | null
  readonly body: unknown
}

export class SignalLine {
  private current: SignalState = 'off'
  private socket: SignalSocket | null = null
  private round = 0
  private failures = 0
  private line = ''
  private seq = 0
  private acknowledged = 0
  private topics: readonly string[] = []
  private farewell: { code: string; again: boolean } | null = null
  /** Sent and not answered: said again over the next connection; the server executes each once. */
  private readonly pending = new Map<string, string>()
  private cancelWait: () => void = () => {}
  private cancelAck: (() => void) | null = null

  constructor(private readonly ports: SignalPorts) {}

  get state(): SignalState {
    return this.current
  }

  start(): void {
    if (this.current === 'off') this.connect()
  }

  /** The network is back, or the page is looked at again: do not wait for the next try. */
  nudge(): void {
    if (this.current === 'away') this.connect()
  }

  stop(): void {
    this.drop()
    this.line = ''
    this.seq = 0
    this.pending.clear()
    this.become('off')
  }

  /** States that are sent as they change; kept over connections. */
  subscribe(topics: readonly string[]): void {
    this.topics = [...topics]
    if (this.current === 'open') this.say('subscribe', { topics: this.topics })
  }

  /** The message's id; it is said again until it is answered. */
  send(type: string, body: object): string {
    const id = this.ports.newId()
    const text = JSON.stringify({ type, id, body })
    this.pending.set(id, text)
    for (const oldest of this.pending.keys()) {
      if (this.pending.size <= PENDING_LIMIT) break
      this.pending.delete(oldest)
    }
    if (this.current === 'open') this.socket?.send(text)
    return id
  }

  private connect(): void {
    this.drop()
    const round = ++this.round
    const mine = (run: () => void) => () => void (round === this.round && run())
    this.farewell = null
    this.become('connecting')
    this.wait(signalPatience.greetMs, () => this.lost(0))
    this.socket = this.ports.connect({
      opened: mine(() => this.say('hello', { topics: this.topics, ...(this.line !== '' && { resume: { line: this.line, seq: this.seq } }) })),
      heard: (text) => void (round === this.round && this.heard(text)),
      closed: (code) => void (round === this.round && this.lost(code)),
    })
  }

  private heard(text: string): void {
    const envelope = read(text)
    if (envelope === null) return
    if (this.current === 'open') this.listen()
    const { type, seq, replyTo, body } = envelope
    if (type === 'welcome') return this.greeted(body)
    if (type === 'bye') return void (this.farewell = { code: textIn(body, 'code'), again: fieldIn(body, 'again') === true })
    if (type === 'pong') return
    if (type === 'resync') {
      this.seq = Math.max(this.seq, numberIn(body, 'seq'))
      return this.ports.readAnew()
    }
    if (seq !== null) {
      if (seq <= this.seq) return
      this.seq = seq
      this.acknowledgeSoon()
    }
    if (replyTo !== null) this.pending.delete(replyTo)
    this.ports.message(type, body, replyTo)
  }

  private greeted(body: unknown): void {
    const resumed = fieldIn(body, 'resumed') === true
    this.line = textIn(body, 'line')
    if (!resumed) this.seq = 0
    this.acknowledged = this.seq
    this.failures = 0
    this.become('open')
    this.listen()
    for (const text of this.pending.values()) this.socket?.send(text)
    if (!resumed) this.ports.readAnew()
  }

  /** Something came: the server is there. Silence is asked about, and then taken for its absence. */
  private listen(): void {
    this.wait(signalPatience.pingMs, () => {
      this.say('ping', {})
      this.wait(signalPatience.answerMs, () => this.lost(0))
    })
  }

  private acknowledgeSoon(): void {
    if (this.seq - this.acknowledged >= ACK_EVERY) return this.acknowledge()
    this.cancelAck ??= this.ports.timers.after(signalPatience.ackMs, () => this.acknowledge())
  }

  private acknowledge(): void {
    this.cancelAck?.()
    this.cancelAck = null
    if (this.current !== 'open' || this.seq === this.acknowledged) return
    this.acknowledged = this.seq
    this.say('ack', { seq: this.seq })
  }

  private lost(code: number): void {
    const farewell = this.farewell
    this.drop()
    if (code === SESSION_ENDED || (farewell !== null && !farewell.again)) {
      this.line = ''
      this.become('off')
      this.ports.ended(farewell?.code ?? 'session_ended')
      return
    }
    this.become('away')
    this.wait(backoffMs(this.failures++, this.ports.timers.chance(), signalPlan), () => this.connect())
  }

  private drop(): void {
    this.round++
    this.cancelWait()
    this.cancelAck?.()
    this.cancelAck = null
    this.socket?.close()
    this.socket = null
  }

  private wait(ms: number, run: () => void): void {
    this.cancelWait()
    this.cancelWait = this.ports.timers.after(ms, run)
  }

  private say(type: string, body: object): void {
    this.socket?.send(JSON.stringify({ type, body }))
  }

  private become(state: SignalState): void {
    if (state === this.current) return
    this.current = state
    this.ports.changed(state)
  }
}

/** Null for what is no message; a newer server may add members. */
function read(text: string): Envelope | null {
  let found: unknown
  try {
    found = JSON.parse(text)
  } catch {
    return null
  }
  const type = textIn(found, 'type')
  if (type === '') return null
  const seq = fieldIn(found, 'seq')
  const replyTo = textIn(found, 'reply_to')
  return { type, seq: typeof seq === 'number' ? seq : null, replyTo: replyTo === '' ? null : replyTo, body: fieldIn(found, 'body') }
}

function fieldIn(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[name] : undefined
}

function textIn(body: unknown, name: string): string {
  const value = fieldIn(body, name)
  return typeof value === 'string' ? value : ''
}

function numberIn(body: unknown, name: string): number {
  const value = fieldIn(body, name)
  return typeof value === 'number' ? value : 0
}
