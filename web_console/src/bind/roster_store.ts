// Departments, terminals and streams as the server tells them, asked every second.
import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import { fetchStreams, fetchTerminals } from '@/api/roster'
import { emptyRoster, type LiveStream, type Name, type Roster } from '@/core/model'
import { streamOf, terminalRows, totals } from '@/core/roster_tree'
import { usePolling } from './polling'

const unknown: Name = { zh: '', en: '' }

export const useRoster = defineStore('roster', () => {
  const roster = shallowRef<Roster>(emptyRoster)
  const loaded = shallowRef(false)

  const streams = usePolling(async () => {
    roster.value = { ...roster.value, streams: await fetchStreams() }
    loaded.value = true
  }, () => 1_000)

  const terminals = usePolling(async () => {
    roster.value = { ...roster.value, ...(await fetchTerminals()) }
  }, () => 5_000)

  const count = computed(() => totals(roster.value))
  const departmentNames = computed(() => new Map(roster.value.departments.map((one) => [one.id, one.name])))
  const bySource = computed(() => new Map(terminalRows(roster.value).map((row) => [row.id, row])))

  function stream(source: string | null): LiveStream | null {
    return source === null ? null : streamOf(roster.value, source)
  }

  function departmentOf(source: string | null): Name {
    return (source !== null && bySource.value.get(source)?.departmentName) || unknown
  }

  return { roster, loaded, count, departmentNames, bySource, stream, departmentOf, failing: streams.failing, terminalsFailing: terminals.failing }
})
