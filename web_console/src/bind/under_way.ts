// What is still under way, with its age and silence: told of changes, asked now and then because silence tells nothing.
import { fetchUnderWay } from '@/api/enforcements'
import type { UnderWay } from '@/core/enforcements'
import { useLoading } from './loading'
import { usePolling } from './polling'
import { useSignals } from './signal_store'
import { useSoon } from './soon'

const EVERY_MS = 20_000
const SOON_MS = 400

export function useUnderWay() {
  const signals = useSignals()
  const { value: underWay, loaded, failure, load } = useLoading<readonly UnderWay[]>(fetchUnderWay, [])
  const { askNow } = usePolling(() => load(loaded.value), () => EVERY_MS)
  const soon = useSoon(askNow, SOON_MS)
  signals.on('enforcement_changed', soon)
  signals.onReadAnew(soon)
  return { underWay, loaded, failure }
}
