// What may be linked to a case: looked for on the server by day and by a word; what is linked already is left out.
import { computed, reactive, watch } from 'vue'
import { fetchEnforcements } from '@/api/enforcements'
import { fetchRecordings } from '@/api/recordings'
import type { CaseDetail, Thing } from '@/core/cases'
import { spanOfDays } from '@/core/county_time'
import { anyEnforcement, type Enforcement } from '@/core/enforcements'
import type { Recording } from '@/core/model'
import { text } from '@/text/text'
import { clockOf, countyText } from '@/text/when'
import { useLoading } from './loading'
import { useSession } from './session_store'
import { useSoon } from './soon'

const SOON_MS = 300

interface Found {
  readonly things: readonly { readonly id: string; readonly name: string }[]
  /** There are more than the newest. */
  readonly more: boolean
}
const nothing: Found = { things: [], more: false }

export function useThingsToLink(detail: () => CaseDetail) {
  const session = useSession()
  /** `words`: an officer of an enforcement, the terminal of a recording. Days are the county's. */
  const wish = reactive({ thing: 'enforcement' as Thing, from: '', to: '', words: '' })
  const { value: found, loading, failure, load } = useLoading<Found>(ask, nothing)

  async function ask(): Promise<Found> {
    const { department } = detail()
    const { fromMs, toMs } = spanOfDays(wish.from, wish.to)
    const words = wish.words.trim()
    if (wish.thing === 'enforcement') {
      if (!session.may('enforcement.list')) return nothing
      const page = await fetchEnforcements({ ...anyEnforcement, department, officer: words, fromMs, toMs }, null)
      return { things: page.rows.map(enforcementNamed), more: page.next !== null }
    }
    if (!session.may('recording.list')) return nothing
    const page = await fetchRecordings({ source: words || null, department, fromMs, toMs, cursor: null })
    return { things: page.recordings.map(recordingNamed), more: page.nextCursor !== null }
  }

  function begin(): void {
    Object.assign(wish, { thing: 'enforcement', from: '', to: '', words: '' })
    found.value = nothing
    void load()
  }

  const soon = useSoon(() => load(), SOON_MS)
  watch(() => [wish.from, wish.to, wish.words], soon)
  watch(
    () => wish.thing,
    () => {
      wish.words = ''
      found.value = nothing
      void load()
    },
  )
  const choices = computed(() => {
    const linked = new Set(detail().links.filter((link) => link.withdrawnMs === null).map((link) => link.thingId))
    return found.value.things.filter((one) => !linked.has(one.id))
  })
  return { wish, choices, more: computed(() => found.value.more), loading, failure, load, begin }
}

const enforcementNamed = (one: Enforcement) => ({ id: one.id, name: `${countyText(one.openedMs)} ${one.itemName} ${one.place}` })
const recordingNamed = (one: Recording) => ({ id: one.id, name: `${countyText(one.startedMs)} – ${one.endedMs === null ? text('recordings.open') : clockOf(one.endedMs).slice(0, 5)} ${one.source}` })
