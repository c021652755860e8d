// One case file while somebody looks at it, what it lacks, and by which names people know what is linked to it.
import { computed, reactive, watch } from 'vue'
import { fetchCase, fetchLacks } from '@/api/cases'
import { fetchEnforcement } from '@/api/enforcements'
import { fetchRecording } from '@/api/recordings'
import type { CaseDetail, Lack, Thing } from '@/core/cases'
import { text } from '@/text/text'
import { countyText, nameText } from '@/text/when'
import { useLoading } from './loading'
import { usePolling } from './polling'
import { useSession } from './session_store'

const EVERY_MS = 30_000
/** Each name is a question to the server. */
const NAMED = 40

export function useCase(id: () => string) {
  const { value: detail, loaded, failure, load: read } = useLoading<CaseDetail | null>(() => fetchCase(id()), null)
  const lacking = useLoading<readonly Lack[]>(() => fetchLacks(id()), [])

  async function load(quietly = false): Promise<void> {
    await Promise.all([read(quietly), lacking.load(quietly)])
  }

  watch(id, () => {
    detail.value = null
    void load()
  })
  // Recordings are sealed and enforcements end without a word to the case.
  usePolling(() => load(loaded.value), () => EVERY_MS)
  return { detail, failure, load, lacks: lacking.value, lacksLoaded: lacking.loaded, lacksFailure: lacking.failure, nameOf: useNames(() => detail.value) }
}

function useNames(detail: () => CaseDetail | null) {
  const session = useSession()
  const names = reactive(new Map<string, string>())
  const wanted = computed(() => {
    const one = detail()
    const things = one?.links.map((link): [Thing, string] => [link.thing, link.thingId]) ?? []
    const shown = one?.exhibits.map((exhibit): [Thing, string] => ['recording', exhibit.recordingId]) ?? []
    return new Map([...things, ...shown].slice(0, NAMED).map(([thing, known]) => [known, thing]))
  })

  watch(wanted, (now) => {
    for (const [known, thing] of now) if (!names.has(known)) void learn(thing, known)
  })

  async function learn(thing: Thing, known: string): Promise<void> {
    if (!session.may(thing === 'recording' ? 'recording.list' : 'enforcement.list')) return
    names.set(known, '')
    try {
      names.set(known, thing === 'recording' ? await nameOfRecording(known) : await nameOfEnforcement(known))
    } catch {
      // Gone, or out of scope: its number stands for it.
    }
  }

  // Numbers begin with the time at which they were made: their ends differ.
  return (known: string) => names.get(known) || `…${known.slice(-8)}`
}

async function nameOfRecording(id: string): Promise<string> {
  const one = await fetchRecording(id)
  return text('cases.recordingName', { source: one.source, when: countyText(one.startedMs) })
}

async function nameOfEnforcement(id: string): Promise<string> {
  const one = await fetchEnforcement(id)
  return text('cases.enforcementName', { item: one.itemName, department: nameText(one.departmentName), when: countyText(one.openedMs) })
}
