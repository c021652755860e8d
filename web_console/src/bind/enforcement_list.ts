// The list of enforcements: its filter lives in the address, news are told.
import { computed, ref } from 'vue'
import { useRoute, useRouter, type LocationQueryRaw } from 'vue-router'
import { fetchEnforcements } from '@/api/enforcements'
import { enforcementStates, type EnforcementFilter } from '@/core/enforcements'
import { usePagedList } from './paged_list'
import { useSignals } from './signal_store'
import { useSoon } from './soon'

const SOON_MS = 400
const texts = ['department', 'officer', 'item'] as const

export function useEnforcementList() {
  const route = useRoute()
  const router = useRouter()
  const signals = useSignals()
  // Who the party is must not stay in the address, or in the browser's history.
  const party = ref('')
  /** Something has changed since, and nobody has asked again. */
  const stale = ref(false)

  const filter = computed<EnforcementFilter>(() => ({
    state: enforcementStates.find((one) => one === route.query['state']) ?? '',
    department: words(route.query['department']),
    officer: words(route.query['officer']),
    item: words(route.query['item']),
    party: party.value,
    fromMs: moment(route.query['from']),
    toMs: moment(route.query['to']),
  }))

  const list = usePagedList(() => filter.value, async (wanted, cursor) => {
    const page = await fetchEnforcements(wanted, cursor)
    stale.value = false
    return page
  })

  function narrow(change: Partial<EnforcementFilter>): void {
    const wanted = { ...filter.value, ...change }
    const query: LocationQueryRaw = {}
    if (wanted.state) query['state'] = wanted.state
    for (const name of texts) if (wanted[name]) query[name] = wanted[name]
    if (wanted.fromMs !== null) query['from'] = String(wanted.fromMs)
    if (wanted.toMs !== null) query['to'] = String(wanted.toMs)
    party.value = wanted.party
    void router.replace({ query })
  }

  // Whoever looks for a name is on record for it: that is asked by people, not by news.
  const soon = useSoon(() => (party.value === '' ? list.load(true) : (stale.value = true)), SOON_MS)
  signals.on('enforcement_changed', soon)
  signals.onReadAnew(soon)

  return { ...list, filter, stale, narrow }
}

function words(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function moment(value: unknown): number | null {
  const found = typeof value === 'string' && value !== '' ? Number(value) : NaN
  return Number.isFinite(found) ? found : null
}
