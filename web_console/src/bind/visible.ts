// Whether an element is worth bandwidth: on the screen, on a page that somebody has open.
import { onScopeDispose, ref, watch, type Ref, type ShallowRef } from 'vue'

/** Looking at another window for a moment should not tear forty pictures down. */
const HIDDEN_GRACE_MS = 30_000

export function useVisible(element: Readonly<ShallowRef<Element | null>>): Ref<boolean> {
  const onScreen = ref(true)
  const pageOpen = ref(!document.hidden)
  const visible = ref(pageOpen.value)
  let timer: ReturnType<typeof setTimeout> | undefined

  const observer = new IntersectionObserver((entries) => {
    onScreen.value = entries.at(-1)?.isIntersecting ?? true
  })
  watch(
    element,
    (now, before) => {
      if (before) observer.unobserve(before)
      if (now) observer.observe(now)
    },
    { immediate: true, flush: 'post' },
  )

  const onPage = () => {
    clearTimeout(timer)
    if (!document.hidden) pageOpen.value = true
    else timer = setTimeout(() => (pageOpen.value = false), HIDDEN_GRACE_MS)
  }
  document.addEventListener('visibilitychange', onPage)
  watch([onScreen, pageOpen], () => (visible.value = onScreen.value && pageOpen.value))
  onScopeDispose(() => {
    clearTimeout(timer)
    observer.disconnect()
    document.removeEventListener('visibilitychange', onPage)
  })
  return visible
}
