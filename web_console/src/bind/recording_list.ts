// The list of recordings: the filter lives in the address, pages are walked by the server's cursors.
import { computed, ref, shallowRef, watch } from 'vue'
import { useRoute, useRouter, type LocationQueryRaw } from 'vue-router'
import { fetchRecordings } from '@/api/recordings'
import type { Recording } from '@/core/model'
import { usePolling } from './polling'

export interface RecordingFilter {
  readonly terminal: string | null
  readonly department: string | null
  readonly fromMs: number | null
  readonly toMs: number | null
}

export function useRecordingList() {
  const route = useRoute()
  const router = useRouter()
  const rows = shallowRef<readonly Recording[]>([])
  const loading = ref(false)
  const failure = ref('')
  /** The cursors of the pages up to this one; the first page has none. */
  const trail = shallowRef<readonly (string | null)[]>([null])
  const next = ref<string | null>(null)
  let round = 0

  const filter = computed<RecordingFilter>(() => ({
    terminal: words(route.query['terminal']),
    department: words(route.query['department']),
    fromMs: moment(route.query['from']),
    toMs: moment(route.query['to']),
  }))

  async function load(quietly = false): Promise<void> {
    const mine = ++round
    loading.value = !quietly
    try {
      const { terminal, department, fromMs, toMs } = filter.value
      const page = await fetchRecordings({ source: terminal, department, fromMs, toMs, cursor: trail.value.at(-1) ?? null })
      if (mine !== round) return
      rows.value = page.recordings
      next.value = page.nextCursor
      failure.value = ''
    } catch (error) {
      if (mine === round) failure.value = error instanceof Error ? error.message : String(error)
    }
    if (mine === round) loading.value = false
  }

  function narrow(change: Partial<RecordingFilter>): void {
    const wanted = { ...filter.value, ...change }
    const query: LocationQueryRaw = {}
    if (wanted.terminal) query['terminal'] = wanted.terminal
    if (wanted.department) query['department'] = wanted.department
    if (wanted.fromMs !== null) query['from'] = String(wanted.fromMs)
    if (wanted.toMs !== null) query['to'] = String(wanted.toMs)
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

  // The first page grows while somebody records.
  usePolling(
    async () => {
      if (trail.value.length === 1 && !loading.value && rows.value.some((row) => row.open)) await load(true)
    },
    () => 10_000,
  )

  return { rows, loading, failure, filter, page: computed(() => trail.value.length), hasNext: computed(() => next.value !== null), load, narrow, forward, back }
}

function words(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

function moment(value: unknown): number | null {
  const found = typeof value === 'string' ? Number(value) : NaN
  return Number.isFinite(found) ? found : null
}
