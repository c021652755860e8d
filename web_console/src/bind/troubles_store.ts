// What is wrong with recording, for the head of every page: read when somebody signs in, then told as it changes.
import { defineStore } from 'pinia'
import { computed, watch } from 'vue'
import { fetchTroubles } from '@/api/troubles'
import { changed, changeOf, inOrder, isUrgent, type RecordingTrouble } from '@/core/troubles'
import { useLoading } from './loading'
import { useSession } from './session_store'
import { useSignals } from './signal_store'
import { useSoon } from './soon'

const SOON_MS = 400

export const useTroubles = defineStore('troubles', () => {
  const session = useSession()
  const signals = useSignals()
  const { value: list, failure, loaded, load } = useLoading<readonly RecordingTrouble[]>(async () => inOrder(await fetchTroubles()), [])
  const seen = computed(() => session.may('archive.troubles'))
  const soon = useSoon(() => seen.value && load(true), SOON_MS)

  signals.on('recording_trouble_changed', (body) => {
    const change = changeOf(body)
    if (change === null || !seen.value) return
    list.value = changed(list.value, change)
    soon() // what was being read meanwhile may be older than this
  })
  signals.onReadAnew(soon)
  watch(seen, (now) => void (now ? load(true) : (list.value = [])), { immediate: true })

  return { list, failure, loaded, load, seen, urgent: computed(() => list.value.filter(isUrgent).length) }
})
