// A list whose pages are walked by the server's cursors: a new filter begins at the first page, only the newest answer counts.
import { computed, ref, shallowRef, watch } from 'vue'
import { useRoute } from 'vue-router'
import { problemText } from '@/text/problem'

export interface ListPage<Row> {
  readonly rows: readonly Row[]
  readonly next: string | null
}

export function usePagedList<Row, Filter>(filter: () => Filter, ask: (filter: Filter, cursor: string | null) => Promise<ListPage<Row>>) {
  const route = useRoute()
  const home = route.path
  const rows = shallowRef<readonly Row[]>([])
  const loading = ref(false)
  const loaded = ref(false)
  const failure = ref('')
  /** The cursors of the pages up to this one; the first page has none. */
  const trail = shallowRef<readonly (string | null)[]>([null])
  const next = ref<string | null>(null)
  let round = 0

  async function load(quietly = false): Promise<void> {
    const mine = ++round
    if (!quietly) loading.value = true
    try {
      const page = await ask(filter(), trail.value.at(-1) ?? null)
      if (mine !== round) return
      rows.value = page.rows
      next.value = page.next
      failure.value = ''
      loaded.value = true
    } catch (error) {
      if (mine !== round) return
      failure.value = problemText(error)
      // What answers another question must not stand there as if it answered this one.
      if (loading.value) rows.value = []
    }
    loading.value = false
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
      // On the way to another page the address has no filter any more.
      if (route.path !== home || (before && JSON.stringify(now) === JSON.stringify(before))) return
      trail.value = [null]
      void load()
    },
    { immediate: true },
  )

  return { rows, loading, loaded, failure, page: computed(() => trail.value.length), hasNext: computed(() => next.value !== null), load, forward, back }
}
