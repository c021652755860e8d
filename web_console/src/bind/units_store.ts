// The departments of the county, for every page that names or chooses one.
import { defineStore } from 'pinia'
import { computed } from 'vue'
import { fetchUnits } from '@/api/organisation'
import { pathsAbove, unitRows, type Unit } from '@/core/organisation'
import { nameText } from '@/text/when'
import { useLoading } from './loading'

export const useUnits = defineStore('units', () => {
  const { value: units, loading, loaded, failure, load } = useLoading<readonly Unit[]>(fetchUnits, [])
  const byPath = computed(() => new Map(units.value.map((unit) => [unit.path, unit])))
  const open = computed(() => unitRows(units.value, new Set(), false))

  /** `城关镇 / 一中队`; the county by its own name. */
  function nameOf(path: string): string {
    const names = [...pathsAbove(path).slice(1), path].map((one) => {
      const unit = byPath.value.get(one)
      return unit ? nameText(unit.name) : one
    })
    return names.join(' / ')
  }

  async function ensure(): Promise<void> {
    if (!loaded.value && !loading.value) await load()
  }

  return { units, byPath, open, loading, loaded, failure, load, ensure, nameOf }
})
