// Something that is asked for when a page opens, and again on wish: only the newest answer counts.
import { ref, shallowRef } from 'vue'
import { problemText } from '@/text/problem'
import { useStepUp } from './step_up'

export function useLoading<T>(ask: () => Promise<T>, empty: T) {
  const stepUp = useStepUp()
  const value = shallowRef<T>(empty)
  const loading = ref(false)
  const loaded = ref(false)
  const failure = ref('')
  let round = 0

  async function load(quietly = false): Promise<void> {
    const mine = ++round
    loading.value = !quietly
    try {
      const answer = await stepUp.around(ask)
      if (mine !== round) return
      value.value = answer
      loaded.value = true
      failure.value = ''
    } catch (error) {
      if (mine === round) failure.value = problemText(error)
    }
    if (mine === round) loading.value = false
  }

  return { value, loading, loaded, failure, load }
}
