// One deed of the person in front: busy while it runs, its refusal in words, the second factor asked for when needed.
import { ref, shallowRef } from 'vue'
import { Refusal } from '@/core/media_session'
import { problemText } from '@/text/problem'
import { useStepUp } from './step_up'

export function useDoing() {
  const stepUp = useStepUp()
  const busy = ref(false)
  const failure = ref('')
  const refusal = shallowRef<Refusal | null>(null)

  function clear(): void {
    failure.value = ''
    refusal.value = null
  }

  /** Whether it was done. */
  async function attempt(act: () => Promise<unknown>): Promise<boolean> {
    if (busy.value) return false
    busy.value = true
    clear()
    try {
      await stepUp.around(act)
      return true
    } catch (error) {
      refusal.value = error instanceof Refusal ? error : null
      failure.value = problemText(error)
      return false
    } finally {
      busy.value = false
    }
  }

  return { busy, failure, refusal, attempt, clear }
}
