// A search of the ledger: pages by the server's cursors; each new search is an act itself, so that it waits for a wish.
import { computed, ref, shallowRef } from 'vue'
import { fetchActs } from '@/api/ledger'
import { anyAct, type ActFilter, type ActRow } from '@/core/ledger'
import { problemText } from '@/text/problem'

export function useActSearch() {
  const filter = ref<ActFilter>({ ...anyAct })
  const acts = shallowRef<readonly ActRow[]>([])
  const loading = ref(false)
  const failure = ref('')
  const trail = shallowRef<readonly (string | null)[]>([null])
  const next = ref<string | null>(null)
  /** What the pages belong to: typing in the form changes nothing until it is sent. */
  let asked: ActFilter = { ...anyAct }
  let round = 0

  async function load(): Promise<void> {
    const mine = ++round
    loading.value = true
    try {
      const page = await fetchActs(asked, trail.value.at(-1) ?? null)
      if (mine !== round) return
      acts.value = page.acts
      next.value = page.next
      failure.value = ''
    } catch (error) {
      if (mine === round) failure.value = problemText(error)
    }
    if (mine === round) loading.value = false
  }

  function search(): Promise<void> {
    asked = { ...filter.value }
    trail.value = [null]
    return load()
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

  return { filter, acts, loading, failure, page: computed(() => trail.value.length), hasNext: computed(() => next.value !== null), search, forward, back }
}
