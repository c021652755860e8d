// How old the picture is: measured by capture time where the sender reports carry it, else estimated from the link.
import type { ClockEstimate } from './server_clock'
import type { LinkQuality, LinkReading } from './link_stats'

/** From 1900 (NTP) to 1970 (UTC). */
const NTP_TO_UTC_MS = 2_208_988_800_000

export interface DelayEstimate {
  readonly ms: number
  /** `capture`: server UTC of capture against the server's clock. `link`: half the round trip and the jitter buffer. */
  readonly method: 'capture' | 'link'
  readonly uncertaintyMs: number | null
}

/** `nowMs` is local time on the clock that `clock` was measured with, at the moment of the reading. */
export function estimateDelay(
  reading: LinkReading,
  quality: LinkQuality,
  clock: ClockEstimate | null,
  nowMs: number,
): DelayEstimate | null {
  const playout = reading.video?.playoutMs ?? null
  if (playout !== null && playout > 0 && clock) {
    const ms = nowMs + clock.offsetMs - utcOfPlayout(playout)
    // Anything else is a clock that somebody set, or a report that does not carry UTC.
    if (ms > -250 && ms < 60_000) return { ms: Math.max(0, ms), method: 'capture', uncertaintyMs: clock.uncertaintyMs }
  }
  if (quality.framesSince === 0 || quality.roundTripMs === null) return null
  return { ms: quality.roundTripMs / 2 + quality.bufferMs, method: 'link', uncertaintyMs: null }
}

/** Chromium reports NTP milliseconds since 1900; the standard allows either epoch to be seen. */
export function utcOfPlayout(playoutMs: number): number {
  return playoutMs > NTP_TO_UTC_MS + 1_000_000_000_000 ? playoutMs - NTP_TO_UTC_MS : playoutMs
}

/** A calm figure for the badge: follows quickly upwards, slowly downwards. */
export function smoothed(previous: number | null, next: number): number {
  if (previous === null) return next
  return previous + (next - previous) * (next > previous ? 0.5 : 0.25)
}
