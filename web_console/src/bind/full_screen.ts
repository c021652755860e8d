// Full screen of one element, and whether it is.
import { onScopeDispose, ref, type Ref, type ShallowRef } from 'vue'

export function useFullScreen(element: Readonly<ShallowRef<HTMLElement | null>>): { on: Ref<boolean>; toggle: () => void } {
  const on = ref(document.fullscreenElement !== null)
  const changed = () => (on.value = document.fullscreenElement !== null)
  document.addEventListener('fullscreenchange', changed)
  onScopeDispose(() => document.removeEventListener('fullscreenchange', changed))
  function toggle(): void {
    const done = document.fullscreenElement ? document.exitFullscreen() : element.value?.requestFullscreen()
    void done?.catch(() => null)
  }
  return { on, toggle }
}
