// What wants the second factor again: the question is asked once, then the same request goes on.
import { defineStore } from 'pinia'
import { ref } from 'vue'
import { prove } from '@/api/me'
import { Refusal } from '@/core/media_session'

export const useStepUp = defineStore('step_up', () => {
  const asking = ref(false)
  let settle: ((proved: boolean) => void) | null = null

  function finish(proved: boolean): void {
    asking.value = false
    settle?.(proved)
    settle = null
  }

  async function around<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act()
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== 'second_factor_needed') throw error
      finish(false) // only one question at a time
      asking.value = true
      if (!(await new Promise<boolean>((resolve) => (settle = resolve)))) throw error
      return act()
    }
  }

  /** Rejects with the refusal while the code is wrong. */
  async function show(code: string): Promise<void> {
    await prove(code)
    finish(true)
  }

  return { asking, around, show, cancel: () => finish(false) }
})
