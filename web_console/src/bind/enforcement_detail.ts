// One enforcement while somebody looks at it: read anew when the server says that it changed.
import { watch } from 'vue'
import { fetchEnforcement } from '@/api/enforcements'
import type { EnforcementDetail } from '@/core/enforcements'
import { useLoading } from './loading'
import { usePolling } from './polling'
import { useSignals } from './signal_store'
import { useSoon } from './soon'

const SOON_MS = 150
/** Recordings arrive without a word; a step is covered some time after it ended. */
const EVERY_MS = 15_000

export function useEnforcement(id: () => string) {
  const signals = useSignals()
  const { value: detail, loading, loaded, failure, load } = useLoading<EnforcementDetail | null>(() => fetchEnforcement(id()), null)
  const soon = useSoon(() => load(true), SOON_MS)
  signals.on('enforcement_changed', (news) => {
    if (typeof news === 'object' && news !== null && (news as { enforcement_id?: unknown }).enforcement_id === id()) soon()
  })
  signals.onReadAnew(soon)
  watch(id, () => {
    detail.value = null
    void load()
  })
  usePolling(
    async () => {
      if (!loaded.value || (detail.value && !['filed', 'cancelled'].includes(detail.value.state))) await load(loaded.value)
    },
    () => EVERY_MS,
  )
  return { detail, loading, loaded, failure, load }
}
