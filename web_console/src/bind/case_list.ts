// The list of cases: the filter lives in the address, pages are walked by the server's cursors.
import { computed, ref, shallowRef, watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { fetchCases } from '@/api/cases'
import { anyCase, caseStates, type CaseEntry, type CaseFilter } from '@/core/cases'
import { problemText } from '@/text/problem'

const texts = ['department', 'year', 'number', 'officer', 'cause'] as const

export function useCaseList() {
  const route = useRoute()
  const router = useRouter()
  const rows = shallowRef<readonly CaseEntry[]>([])
  const loading = ref(false)
  const loaded = ref(false)
  const failure = ref('')
  const trail = shallowRef<readonly (string | null)[]>([null])
  const next = ref<string | null>(null)
  let round = 0

  const filter = computed<CaseFilter>(() => ({
    ...anyCase,
    ...Object.fromEntries(texts.map((name) => [name, words(route.query[name])])),
    state: caseStates.find((one) => one === route.query['state']) ?? '',
  }))

  async function load(): Promise<void> {
    const mine = ++round
    loading.value = true
    try {
      const page = await fetchCases(filter.value, trail.value.at(-1) ?? null)
      if (mine !== round) return
      rows.value = page.cases
      next.value = page.next
      failure.value = ''
      loaded.value = true
    } catch (error) {
      if (mine === round) failure.value = problemText(error)
    }
    if (mine === round) loading.value = false
  }

  function narrow(change: Partial<CaseFilter>): void {
    const wanted = Object.entries({ ...filter.value, ...change }).filter(([, value]) => value !== '')
    void router.replace({ query: Object.fromEntries(wanted) })
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

  return { rows, loading, loaded, failure, filter, page: computed(() => trail.value.length), hasNext: computed(() => next.value !== null), load, narrow, forward, back }
}

function words(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
