// What two readings of a receiver's statistics say about the link: rate, loss, picture, buffer.

/** The fields of RTCStats that are read here; all are optional in some browser. */
export interface RawStats {
  readonly id: string
  readonly type: string
  readonly timestamp: number
  readonly kind?: string
  readonly bytesReceived?: number
  readonly headerBytesReceived?: number
  readonly packetsReceived?: number
  readonly packetsLost?: number
  readonly framesDecoded?: number
  readonly framesPerSecond?: number
  readonly frameWidth?: number
  readonly frameHeight?: number
  readonly freezeCount?: number
  readonly jitter?: number
  readonly jitterBufferDelay?: number
  readonly jitterBufferEmittedCount?: number
  readonly estimatedPlayoutTimestamp?: number
  readonly audioLevel?: number
  readonly totalAudioEnergy?: number
  readonly nominated?: boolean
  readonly state?: string
  readonly currentRoundTripTime?: number
  readonly selectedCandidatePairId?: string
}

export interface TrackReading {
  readonly bytes: number
  readonly packets: number
  readonly lost: number
  readonly bufferS: number
  readonly emitted: number
  readonly playoutMs: number | null
}

export interface LinkReading {
  readonly atMs: number
  readonly video: TrackReading | null
  readonly audio: TrackReading | null
  readonly frames: number
  readonly fps: number
  readonly width: number
  readonly height: number
  readonly freezes: number
  readonly audioLevel: number
  readonly roundTripMs: number | null
}

export interface LinkQuality {
  readonly kbps: number
  /** Share of packets that never came, 0..1. */
  readonly loss: number
  readonly fps: number
  readonly width: number
  readonly height: number
  /** Mean time that a frame waited in the jitter buffer between the two readings. */
  readonly bufferMs: number
  readonly roundTripMs: number | null
  readonly framesSince: number
  readonly packetsSince: number
}

export function readLink(stats: Iterable<RawStats>, atMs: number): LinkReading {
  let video: RawStats | null = null
  let audio: RawStats | null = null
  let chosenPair: string | null = null
  const pairs: RawStats[] = []
  for (const one of stats) {
    if (one.type === 'inbound-rtp' && one.kind === 'video') video = one
    else if (one.type === 'inbound-rtp' && one.kind === 'audio') audio = one
    else if (one.type === 'candidate-pair') pairs.push(one)
    else if (one.type === 'transport' && one.selectedCandidatePairId) chosenPair = one.selectedCandidatePairId
  }
  const pair = pairs.find((one) => one.id === chosenPair) ?? pairs.find((one) => one.nominated && one.state === 'succeeded')
  return {
    atMs,
    video: video && track(video),
    audio: audio && track(audio),
    frames: video?.framesDecoded ?? 0,
    fps: video?.framesPerSecond ?? 0,
    width: video?.frameWidth ?? 0,
    height: video?.frameHeight ?? 0,
    freezes: video?.freezeCount ?? 0,
    audioLevel: audio?.audioLevel ?? 0,
    roundTripMs: pair?.currentRoundTripTime === undefined ? null : pair.currentRoundTripTime * 1000,
  }
}

function track(one: RawStats): TrackReading {
  return {
    bytes: (one.bytesReceived ?? 0) + (one.headerBytesReceived ?? 0),
    packets: one.packetsReceived ?? 0,
    lost: one.packetsLost ?? 0,
    bufferS: one.jitterBufferDelay ?? 0,
    emitted: one.jitterBufferEmittedCount ?? 0,
    playoutMs: one.estimatedPlayoutTimestamp ?? null,
  }
}

/** Null when the counters began anew in between (another connection) or no time went by. */
export function compareReadings(before: LinkReading, after: LinkReading): LinkQuality | null {
  const seconds = (after.atMs - before.atMs) / 1000
  const bytes = grown(before, after, 'bytes')
  const packets = grown(before, after, 'packets')
  const lost = Math.max(0, grown(before, after, 'lost'))
  if (seconds <= 0 || bytes < 0 || packets < 0) return null
  const emitted = (after.video?.emitted ?? 0) - (before.video?.emitted ?? 0)
  const buffered = (after.video?.bufferS ?? 0) - (before.video?.bufferS ?? 0)
  return {
    kbps: (bytes * 8) / 1000 / seconds,
    loss: packets + lost > 0 ? lost / (packets + lost) : 0,
    fps: after.fps,
    width: after.width,
    height: after.height,
    bufferMs: emitted > 0 ? (buffered / emitted) * 1000 : 0,
    roundTripMs: after.roundTripMs,
    framesSince: Math.max(0, after.frames - before.frames),
    packetsSince: packets,
  }
}

function grown(before: LinkReading, after: LinkReading, key: 'bytes' | 'packets' | 'lost'): number {
  return (after.video?.[key] ?? 0) + (after.audio?.[key] ?? 0) - (before.video?.[key] ?? 0) - (before.audio?.[key] ?? 0)
}

/** Good, strained or bad: the colour of the badge. */
export function linkGrade(quality: LinkQuality, delayMs: number | null): 'good' | 'strained' | 'bad' {
  if (quality.loss > 0.08 || (delayMs ?? 0) > 2_000 || quality.framesSince === 0) return 'bad'
  if (quality.loss > 0.02 || (delayMs ?? 0) > 800) return 'strained'
  return 'good'
}
