// The words of the console: what the centre knows about departments, terminals, streams and recordings.

/** UTC as whole milliseconds since 1970, by the server's clock. */
export type UtcMs = number

export type Layer = 'main' | 'sub'
export type LayerWish = Layer | 'auto'
export type StreamState = 'offered' | 'answered' | 'live' | 'lost' | 'ended'
export type Presence = 'live' | 'lost' | 'online' | 'offline'
export type PictureFault = 'black' | 'covered' | 'blurred' | 'frozen'

/** A name as people of either language read it. */
export interface Name {
  readonly zh: string
  readonly en: string
}

export type DepartmentKind = 'bureau' | 'township' | 'centre' | 'team'

export interface Department {
  readonly id: string
  readonly name: Name
  readonly kind: DepartmentKind
}

/** How the publisher's own link does, as the server measures it. */
export interface UplinkFigures {
  readonly kbps: number
  readonly loss: number
  readonly roundTripMs: number | null
  readonly width: number
  readonly height: number
  readonly fps: number
  /** How long ago the server had its last packet. */
  readonly silentMs: number | null
}

export interface LiveStream {
  readonly id: string
  /** The terminal, console or guest that publishes it. */
  readonly source: string
  readonly title: Name
  readonly departmentId: string
  readonly state: StreamState
  readonly startedMs: UtcMs | null
  /** Since when it is in this state. */
  readonly sinceMs: UtcMs
  readonly fault: PictureFault | null
  readonly recording: boolean
  readonly viewers: number
  readonly uplink: UplinkFigures | null
  readonly stillUrl: string | null
}

export interface Terminal {
  /** The number that people call it by; also the name of its stream's source. */
  readonly id: string
  readonly departmentId: string
  readonly title: Name
  readonly online: boolean
  readonly lastSeenMs: UtcMs | null
}

export interface Roster {
  readonly departments: readonly Department[]
  readonly terminals: readonly Terminal[]
  readonly streams: readonly LiveStream[]
}

export const emptyRoster: Roster = { departments: [], terminals: [], streams: [] }

export interface Recording {
  readonly id: string
  readonly source: string
  readonly departmentId: string
  readonly departmentName: Name
  readonly startedMs: UtcMs
  readonly endedMs: UtcMs | null
  readonly open: boolean
  readonly layer: Layer
  /** Seconds of kept picture; less than the span when there are gaps. */
  readonly keptS: number
  readonly bytes: number
  readonly gaps: number
  readonly stillUrl: string | null
  readonly playlistUrl: string
}

export interface Person {
  readonly id: string
  readonly name: string
  readonly department: string
  readonly roles: readonly string[]
  /** Names of all that this sign-in may do. */
  readonly actions: ReadonlySet<string>
  readonly idleEndMs: UtcMs
  readonly absoluteEndMs: UtcMs
}

export interface Span {
  readonly startMs: UtcMs
  readonly endMs: UtcMs
}
