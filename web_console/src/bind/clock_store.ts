// The server's time, ticking here: every age and every delay on the screen is counted from it.
import { defineStore } from 'pinia'
import { computed, onScopeDispose, ref, shallowRef } from 'vue'
import { askClock } from '@/api/clock'
import { ServerClock, type ClockEstimate } from '@/core/server_clock'
import { usePolling } from './polling'

export const useClock = defineStore('clock', () => {
  const clock = new ServerClock()
  const estimate = shallowRef<ClockEstimate | null>(null)
  const localMs = ref(performance.now())

  // The first few in a row: one of them meets a quiet moment.
  let samples = 0
  usePolling(
    async () => {
      clock.add(await askClock())
      samples++
      estimate.value = clock.estimate
    },
    () => (samples < 5 ? 400 : 10_000),
  )

  const ticking = setInterval(() => {
    const now = performance.now()
    // The machine slept: what was measured before may be off now.
    if (now - localMs.value > 30_000) {
      clock.reset()
      samples = 0
    }
    localMs.value = now
  }, 500)
  onScopeDispose(() => clearInterval(ticking))

  /** Server UTC minus the local milliseconds of `performance.now()`. */
  const offsetMs = computed(() => estimate.value?.offsetMs ?? performance.timeOrigin)
  const nowMs = computed(() => localMs.value + offsetMs.value)

  return { estimate, localMs, offsetMs, nowMs }
})
