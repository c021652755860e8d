// What is played: for which purpose, on which timeline; the timeline is asked anew, sooner while something still grows.
import { computed, ref, shallowRef, watch } from 'vue'
import { fetchEnforcementTimeline, fetchRecordingTimeline, fetchStills, openViewing, type Wanted } from '@/api/playback'
import type { Still, Viewing, ViewingKind } from '@/core/playback'
import { emptyTimeline, joined, type Lane, type Timeline } from '@/core/timeline'
import { problemText } from '@/text/problem'
import { usePolling } from './polling'

/** One terminal may stand there twice, with two recordings. */
const keyOf = (lane: Lane) => lane.playlistUrl

export function usePlayback(wanted: () => Wanted) {
  const viewing = shallowRef<Viewing | null>(null)
  const timeline = shallowRef<Timeline>(emptyTimeline)
  /** By lane, of those that were looked at. */
  const stills = shallowRef<ReadonlyMap<string, readonly Still[]>>(new Map())
  const failure = ref('')
  const loaded = ref(false)

  async function ask(): Promise<void> {
    const what = wanted()
    try {
      const found = 'enforcement' in what ? [await fetchEnforcementTimeline(what.enforcement)] : await Promise.all(what.recordings.map(fetchRecordingTimeline))
      if (JSON.stringify(what) !== JSON.stringify(wanted())) return
      timeline.value = joined(found)
      loaded.value = true
      failure.value = ''
    } catch (error) {
      failure.value = problemText(error)
    }
  }

  /** The pictures along a lane. */
  async function lookAt(lane: Lane): Promise<void> {
    const [key, round] = [keyOf(lane), viewing.value]
    if (round === null) return
    const found = await Promise.all(lane.recordings.map((one) => fetchStills(one.id).catch(() => [])))
    if (round === viewing.value) stills.value = new Map(stills.value).set(key, found.flat().sort((a, b) => a.ms - b.ms))
  }

  async function state(kind: ViewingKind, purpose: string): Promise<void> {
    viewing.value = await openViewing(wanted(), kind, purpose)
  }

  watch(
    () => JSON.stringify(wanted()),
    () => {
      viewing.value = null
      timeline.value = emptyTimeline
      stills.value = new Map()
      loaded.value = false
      void ask()
    },
    { immediate: true },
  )

  const grows = computed(() => timeline.value.lanes.some((lane) => lane.recordings.some((one) => one.open)))
  const stillsOf = (lane: Lane | null) => (lane && stills.value.get(keyOf(lane))) ?? []
  usePolling(
    async () => {
      if (viewing.value !== null) await ask()
    },
    // What was missing comes later: masters are uploaded for hours.
    () => (grows.value || timeline.value.live ? 5_000 : 15_000),
  )

  return { viewing, timeline, failure, loaded, grows, state, ask, lookAt, stillsOf, end: () => void (viewing.value = null) }
}
