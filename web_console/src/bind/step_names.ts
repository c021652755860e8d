// The county's names of recording steps, for every page that shows one; without them its code is shown.
import { defineStore } from 'pinia'
import { computed } from 'vue'
import { fetchStepNames, type StepName } from '@/api/recording_search'
import { nameText } from '@/text/when'
import { useLoading } from './loading'
import { useSession } from './session_store'

export const useStepNames = defineStore('step_names', () => {
  const session = useSession()
  const { value: steps, loading, loaded, load } = useLoading<readonly StepName[]>(fetchStepNames, [])
  const byCode = computed(() => new Map(steps.value.map((one) => [one.code, one.name])))

  function nameOf(code: string): string {
    const name = byCode.value.get(code)
    return name ? nameText(name) : code
  }

  async function ensure(): Promise<void> {
    if (!loaded.value && !loading.value && session.may('enforcement.list')) await load()
  }

  return { steps, ensure, nameOf }
})
