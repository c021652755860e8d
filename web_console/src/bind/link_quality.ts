// Reading a receiver's statistics once a second: rate, loss, picture, delay, and whether anything comes at all.
import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import { estimateDelay, smoothed, type DelayEstimate } from '@/core/delay'
import { compareReadings, readLink, type LinkQuality, type LinkReading, type RawStats } from '@/core/link_stats'
import { useClock } from './clock_store'

export interface LinkView {
  readonly quality: ShallowRef<LinkQuality | null>
  readonly delay: ShallowRef<DelayEstimate | null>
  /** The last two minutes, newest last. */
  readonly history: ShallowRef<readonly LinkPoint[]>
  /** Seconds in a row in which no packet came. */
  readonly silentS: Ref<number>
}

export interface LinkPoint {
  readonly kbps: number
  readonly loss: number
  readonly delayMs: number | null
}

const KEEP = 120

export function useLinkQuality(connection: ShallowRef<RTCPeerConnection | null>): LinkView {
  const clock = useClock()
  const quality = shallowRef<LinkQuality | null>(null)
  const delay = shallowRef<DelayEstimate | null>(null)
  const history = shallowRef<readonly LinkPoint[]>([])
  const silentS = ref(0)
  let before: LinkReading | null = null
  let of: RTCPeerConnection | null = null

  async function read(): Promise<void> {
    const from = connection.value
    if (!from || from.connectionState === 'closed') return
    const report = await from.getStats()
    const at = performance.now()
    if (from !== connection.value) return
    if (from !== of) before = null
    of = from
    const reading = readLink(report.values() as Iterable<RawStats>, at)
    const compared = before && compareReadings(before, reading)
    before = reading
    if (!compared) return
    quality.value = compared
    silentS.value = compared.packetsSince === 0 ? silentS.value + 1 : 0
    const estimate = estimateDelay(reading, compared, clock.estimate, at)
    const last = delay.value?.method === estimate?.method ? (delay.value?.ms ?? null) : null
    delay.value = estimate && { ...estimate, ms: smoothed(last, estimate.ms) }
    history.value = [...history.value.slice(1 - KEEP), { kbps: compared.kbps, loss: compared.loss, delayMs: estimate?.ms ?? null }]
  }

  watch(connection, () => {
    before = null
    silentS.value = 0
  })
  const timer = setInterval(() => void read().catch(() => null), 1_000)
  onScopeDispose(() => clearInterval(timer))
  return { quality, delay, history, silentS }
}
