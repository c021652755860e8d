// A search of recordings: what was asked lives in the address, more of it comes by the server's cursor.
import { computed, ref, shallowRef, watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { searchRecordings } from '@/api/recording_search'
import { filterOfQuery, queryOfFilter, rectangleOf, type Found, type SearchFilter } from '@/core/recording_search'
import { problemText } from '@/text/problem'
import { text } from '@/text/text'
import { usePolling } from './polling'

/** Somebody who wants still more narrows the search: the page holds no more rows than this. */
const MOST_ROWS = 1_000

export function useRecordingSearch() {
  const route = useRoute()
  const router = useRouter()
  const filter = ref<SearchFilter>(filterOfQuery(route.query))
  const rows = shallowRef<readonly Found[]>([])
  const counted = ref<number | null>(null)
  const moreThanCounted = ref(false)
  const next = ref<string | null>(null)
  const loading = ref(false)
  const failure = ref('')
  /** What was asked for; kept here and not in the address. */
  const party = ref('')
  let round = 0

  const asked = (): SearchFilter => ({ ...filterOfQuery(route.query), party: party.value })

  async function load(further = false, quietly = false): Promise<void> {
    const mine = ++round
    const wish = asked()
    if (wish.place !== '' && rectangleOf(wish.place) === null) {
      failure.value = text('search.placeWrong')
      loading.value = false
      return
    }
    if (!quietly) loading.value = true
    try {
      const page = await searchRecordings(wish, further ? next.value : null)
      if (mine !== round) return
      rows.value = further ? [...rows.value, ...page.rows] : page.rows
      next.value = page.next
      if (!further) [counted.value, moreThanCounted.value] = [page.counted, page.more]
      failure.value = ''
    } catch (error) {
      if (mine !== round) return
      failure.value = problemText(error)
      // What answers another question must not stand there as if it answered this one.
      if (loading.value && !further) [rows.value, counted.value, next.value] = [[], null, null]
    }
    loading.value = false
  }

  /** What was typed counts from here on. */
  async function search(): Promise<void> {
    party.value = filter.value.party
    const query = queryOfFilter(filter.value)
    const before = JSON.stringify(queryOfFilter(filterOfQuery(route.query)))
    if (JSON.stringify(query) === before) await load()
    else await router.replace({ query })
  }

  watch(
    () => route.query,
    (query) => {
      if (route.path !== '/recordings') return // on the way to another page
      filter.value = { ...filterOfQuery(query), party: party.value }
      void load()
    },
  )
  void load()

  // The first page changes while somebody records; nobody who has gone further loses their place.
  // Whoever looks for a name is on record for it: that is asked by people, not by the clock.
  const byName = computed(() => party.value !== '')
  usePolling(
    async () => {
      if (!loading.value && (failure.value === '' || rows.value.length > 0) && rows.value.length <= 50 && !byName.value) await load(false, true)
    },
    () => 10_000,
  )

  const hasMore = computed(() => next.value !== null && rows.value.length < MOST_ROWS)
  return { filter, rows, counted, moreThanCounted, hasMore, byName, loading, failure, load, search }
}
