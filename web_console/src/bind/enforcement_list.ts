// The list of enforcements: the filter lives in the address, pages are walked by the server's cursors, news are told.
import { computed, ref, shallowRef, watch } from 'vue'
import { useRoute, useRouter, type LocationQueryRaw } from 'vue-router'
import { fetchEnforcements } from '@/api/enforcements'
import { enforcementStates, type Enforcement, type EnforcementFilter } from '@/core/enforcements'
import { problemText } from '@/text/problem'
import { useSignals } from './signal_store'
import { useSoon } from './soon'

const SOON_MS = 400
const texts = ['department', 'officer', 'item', 'party'] as const

export function useEnforcementList() {
  const route = useRoute()
  const router = useRouter()
  const signals = useSignals()
  const rows = shallowRef<readonly Enforcement[]>([])
  const loading = ref(false)
  const loaded = ref(false)
  const failure = ref('')
  /** The cursors of the pages up to this one; the first page has none. */
  const trail = shallowRef<readonly (string | null)[]>([null])
  const next = ref<string | null>(null)
  // Who the party is must not stay in the address, or in the browser's history.
  const party = ref('')
  let round = 0

  const filter = computed<EnforcementFilter>(() => ({
    state: enforcementStates.find((one) => one === route.query['state']) ?? '',
    department: words(route.query['department']),
    officer: words(route.query['officer']),
    item: words(route.query['item']),
    party: party.value,
    fromMs: moment(route.query['from']),
    toMs: moment(route.query['to']),
  }))

  async function load(quietly = false): Promise<void> {
    const mine = ++round
    loading.value = !quietly
    try {
      const page = await fetchEnforcements(filter.value, trail.value.at(-1) ?? null)
      if (mine !== round) return
      rows.value = page.enforcements
      next.value = page.next
      failure.value = ''
      loaded.value = true
    } catch (error) {
      if (mine === round) failure.value = problemText(error)
    }
    if (mine === round) loading.value = false
  }

  function narrow(change: Partial<EnforcementFilter>): void {
    const wanted = { ...filter.value, ...change }
    const query: LocationQueryRaw = {}
    if (wanted.state) query['state'] = wanted.state
    for (const name of texts) if (name !== 'party' && wanted[name]) query[name] = wanted[name]
    if (wanted.fromMs !== null) query['from'] = String(wanted.fromMs)
    if (wanted.toMs !== null) query['to'] = String(wanted.toMs)
    party.value = wanted.party
    void router.replace({ query })
  }

  function forward(): void {
    if (next.value === null) return
    trail.value = [...trail.value, next.value]
    void load()
  }

  function back(): void {
    if (trail.value.length < 2) return
    trail.value = trail.value.slice(0, -1)
    void load()
  }

  watch(
    filter,
    (now, before) => {
      if (before && JSON.stringify(now) === JSON.stringify(before)) return
      trail.value = [null]
      void load()
    },
    { immediate: true },
  )
  const soon = useSoon(() => load(true), SOON_MS)
  signals.on('enforcement_changed', soon)
  signals.onReadAnew(soon)

  return { rows, loading, loaded, failure, filter, page: computed(() => trail.value.length), hasNext: computed(() => next.value !== null), load, narrow, forward, back }
}

function words(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function moment(value: unknown): number | null {
  const found = typeof value === 'string' && value !== '' ? Number(value) : NaN
  return Number.isFinite(found) ? found : null
}
