// Many calls within a moment are one: news that come in a burst are read once.
import { onScopeDispose } from 'vue'

export function useSoon(run: () => unknown, afterMs: number): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  onScopeDispose(() => clearTimeout(timer))
  return () => {
    if (timer !== undefined) return
    timer = setTimeout(() => {
      timer = undefined
      run()
    }, afterMs)
  }
}
