// What is played: for which purpose, on which timeline; the timeline is asked anew while something still grows.
import { computed, ref, shallowRef, watch } from 'vue'
import { fetchEnforcementTimeline, fetchRecordingTimeline, fetchStills, openViewing, type Wanted } from '@/api/playback'
import type { Still, Viewing, ViewingKind } from '@/core/playback'
import { emptyTimeline, joined, type Timeline } from '@/core/timeline'
import { problemText } from '@/text/problem'
import { usePolling } from './polling'

export function usePlayback(wanted: () => Wanted) {
  const viewing = shallowRef<Viewing | null>(null)
  const timeline = shallowRef<Timeline>(emptyTimeline)
  const stills = shallowRef<readonly Still[]>([])
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

  async function lookAt(): Promise<void> {
    const first = timeline.value.lanes[0]
    if (!first) return
    const found = await Promise.all(first.recordings.map((one) => fetchStills(one.id).catch(() => [])))
    stills.value = found.flat().sort((a, b) => a.ms - b.ms)
  }

  async function state(kind: ViewingKind, purpose: string): Promise<void> {
    viewing.value = await openViewing(wanted(), kind, purpose)
    await lookAt()
  }

  watch(
    () => JSON.stringify(wanted()),
    () => {
      viewing.value = null
      timeline.value = emptyTimeline
      stills.value = []
      loaded.value = false
      void ask()
    },
    { immediate: true },
  )

  const grows = computed(() => timeline.value.lanes.some((lane) => lane.recordings.some((one) => one.open)))
  usePolling(
    async () => {
      if (viewing.value !== null && grows.value) await ask()
    },
    () => 5_000,
  )

  return { viewing, timeline, stills, failure, loaded, grows, state, ask, end: () => void (viewing.value = null) }
}
