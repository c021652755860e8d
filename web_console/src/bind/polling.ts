// Asking again and again while somebody looks: one question at a time, slower when the page is hidden or the server is away.
import { onScopeDispose, ref, type Ref } from 'vue'
import { backoffMs } from '@/core/backoff'

export interface Polling {
  /** The last question was not answered. */
  readonly failing: Ref<boolean>
  readonly askNow: () => void
}

export function usePolling(ask: () => Promise<void>, everyMs: () => number): Polling {
  const failing = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined
  let running = false
  let stopped = false
  let failures = 0

  async function turn(): Promise<void> {
    if (running || stopped) return
    running = true
    clearTimeout(timer)
    try {
      await ask()
      failures = 0
    } catch {
      failures++
    }
    running = false
    failing.value = failures > 0
    if (stopped) return
    const wait = failures > 0 ? backoffMs(failures, Math.random()) : everyMs()
    timer = setTimeout(() => void turn(), document.hidden ? Math.max(wait, 5_000) : wait)
  }

  const askNow = () => void turn()
  const onVisible = () => !document.hidden && askNow()
  document.addEventListener('visibilitychange', onVisible)
  window.addEventListener('online', askNow)
  onScopeDispose(() => {
    stopped = true
    clearTimeout(timer)
    document.removeEventListener('visibilitychange', onVisible)
    window.removeEventListener('online', askNow)
  })
  askNow()
  return { failing, askNow }
}
