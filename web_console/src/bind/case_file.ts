// One case file while somebody looks at it, what it lacks, and by which names people know what is linked to it.
import { computed, reactive, watch } from 'vue'
import { fetchCase, fetchFootage, fetchLacks } from '@/api/cases'
import { fetchEnforcement } from '@/api/enforcements'
import { fetchRecording } from '@/api/recordings'
import type { CaseDetail, Footage, Lack, Thing } from '@/core/cases'
import { text } from '@/text/text'
import { countyMomentText, countyText, nameText } from '@/text/when'
import { useLoading } from './loading'
import { usePolling } from './polling'
import { useSession } from './session_store'

const EVERY_MS = 30_000
/** Each name is a question to the server. */
const NAMED = 40

export function useCase(id: () => string) {
  const { value: detail, loaded, failure, load: read } = useLoading<CaseDetail | null>(() => fetchCase(id()), null)
  const lacking = useLoading<readonly Lack[]>(() => fetchLacks(id()), [])
  const footage = useLoading<readonly Footage[]>(() => fetchFootage(id()), [])

  async function again(quietly: boolean): Promise<void> {
    await Promise.all([read(quietly), lacking.load(quietly)])
  }

  async function load(quietly = false): Promise<void> {
    await Promise.all([again(quietly), footage.load(quietly)])
  }

  watch(id, () => {
    detail.value = null
    void load()
  })
  // Recordings are sealed and enforcements end without a word to the case.
  usePolling(() => (loaded.value ? again(true) : load()), () => EVERY_MS)
  // Something is told of a recording that came since: an enforcement of the case goes on.
  watch(lacking.value, (now) => {
    const one = detail.value
    const known = new Set(['', ...footage.value.value.map((each) => each.id), ...(one?.links.map((link) => link.thingId) ?? []), ...(one?.exhibits.map((exhibit) => exhibit.id) ?? [])])
    if (footage.loaded.value && now.some((lack) => !known.has(lack.about))) void footage.load(true)
  })
  const nameOf = useNames(() => detail.value, () => footage.value.value, () => footage.loaded.value || footage.failure.value !== '')
  return { detail, failure, load, lacks: lacking.value, lacksLoaded: lacking.loaded, lacksFailure: lacking.failure, nameOf }
}

function useNames(detail: () => CaseDetail | null, footage: () => readonly Footage[], told: () => boolean) {
  const session = useSession()
  const names = reactive(new Map<string, string>())
  const ofCase = computed(() => new Map(footage().map((one) => [one.id, recordingName(one)])))
  const wanted = computed(() => {
    const one = told() ? detail() : null
    const things = one?.links.map((link): [Thing, string] => [link.thing, link.thingId]) ?? []
    const shown = one?.exhibits.map((exhibit): [Thing, string] => ['recording', exhibit.recordingId]) ?? []
    const unnamed = [...things, ...shown].filter(([, known]) => !ofCase.value.has(known))
    return new Map(unnamed.slice(0, NAMED).map(([thing, known]) => [known, thing]))
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
  return (known: string) => ofCase.value.get(known) || names.get(known) || `…${known.slice(-8)}`
}

const recordingName = (one: { readonly source: string; readonly startedMs: number }) => text('cases.recordingName', { source: one.source, when: countyMomentText(one.startedMs) })

async function nameOfRecording(id: string): Promise<string> {
  return recordingName(await fetchRecording(id))
}

async function nameOfEnforcement(id: string): Promise<string> {
  const one = await fetchEnforcement(id)
  return text('cases.enforcementName', { item: one.itemName, department: nameText(one.departmentName), when: countyText(one.openedMs) })
}
