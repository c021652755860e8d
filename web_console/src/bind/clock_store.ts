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

  usePolling(async () => {
    clock.add(await askClock())
    estimate.value = clock.estimate
  }, 10_000)

  const ticking = setInterval(() => {
    const now = performance.now()
    // The machine slept: what was measured before may be off now.
    if (now - localMs.value > 30_000) clock.reset()
    localMs.value = now
  }, 500)
  onScopeDispose(() => clearInterval(ticking))

  /** Server UTC minus the local milliseconds of `performance.now()`. */
  const offsetMs = computed(() => estimate.value?.offsetMs ?? performance.timeOrigin)
  const nowMs = computed(() => localMs.value + offsetMs.value)

  return { estimate, localMs, offsetMs, nowMs }
})
