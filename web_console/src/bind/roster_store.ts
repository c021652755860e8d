// Departments, terminals and streams as the server tells them; where it cannot tell, it is asked.
import { defineStore } from 'pinia'
import { computed, shallowRef, watch } from 'vue'
import type { Wire } from '@/api/client'
import { fetchStreams, fetchTerminals, streamsIn, terminalsIn } from '@/api/roster'
import { emptyRoster, type LiveStream, type Name, type Roster } from '@/core/model'
import { streamOf, terminalRows, totals } from '@/core/roster_tree'
import { usePolling } from './polling'
import { useSignals } from './signal_store'

const unknown: Name = { zh: '', en: '' }

export const useRoster = defineStore('roster', () => {
  const roster = shallowRef<Roster>(emptyRoster)
  const loaded = shallowRef(false)

  const signals = useSignals()
  const tookStreams = (list: LiveStream[]) => {
    roster.value = { ...roster.value, streams: list }
    loaded.value = true
  }
  const tookTerminals = (list: Pick<Roster, 'departments' | 'terminals'>) => (roster.value = { ...roster.value, ...list })

  // With the socket open, asking is only a second look.
  const streams = usePolling(async () => tookStreams(await fetchStreams()), () => (signals.open ? 20_000 : 2_000))
  const terminals = usePolling(async () => void tookTerminals(await fetchTerminals()), () => (signals.open ? 60_000 : 5_000))
  const askNow = () => (streams.askNow(), terminals.askNow())

  signals.follow('streams', 'stream_list', (list) => tookStreams(streamsIn(list as Wire['StreamList'])))
  signals.follow('terminals', 'terminal_list', (list) => void tookTerminals(terminalsIn(list as Wire['TerminalList'])))
  signals.onReadAnew(askNow)
  watch(() => signals.open, (open) => open || askNow())

  const count = computed(() => totals(roster.value))
  const departmentNames = computed(() => new Map(roster.value.departments.map((one) => [one.id, one.name])))
  const bySource = computed(() => new Map(terminalRows(roster.value).map((row) => [row.id, row])))

  function stream(source: string | null): LiveStream | null {
    return source === null ? null : streamOf(roster.value, source)
  }

  function departmentOf(source: string | null): Name {
    return (source !== null && bySource.value.get(source)?.departmentName) || unknown
  }

  return { roster, loaded, count, departmentNames, bySource, stream, departmentOf, failing: computed(() => streams.failing.value && !signals.open), terminalsFailing: terminals.failing }
})
