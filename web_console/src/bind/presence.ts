// Tells the server that somebody is there, from real input alone, and knows when the sign-in is about to end.
import { onScopeDispose, ref, watch, type Ref } from 'vue'
import { fetchEnds, markPresence } from '@/api/sessions'
import { Presence, type Input, type Leaving } from '@/core/presence'
import { useClock } from './clock_store'
import { useSession } from './session_store'

const inputs = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const

export function usePresence(): Readonly<Ref<Leaving | null>> {
  const session = useSession()
  const clock = useClock()
  const leaving = ref<Leaving | null>(null)
  const presence = new Presence({ mark: markPresence, look: fetchEnds })

  const show = () => (leaving.value = clock.estimate && presence.leaving(clock.nowMs))
  // Without the server's time nothing is known of the end.
  const took = (event: Event) => void (clock.estimate && presence.took(event as unknown as Input, clock.nowMs).then(show))
  for (const name of inputs) window.addEventListener(name, took, { capture: true, passive: true })
  watch(() => session.person, (person) => (presence.begin(person), show()), { immediate: true })
  watch(() => clock.nowMs, (now) => void (clock.estimate && presence.tick(now).then(show)))
  onScopeDispose(() => {
    for (const name of inputs) window.removeEventListener(name, took, { capture: true })
  })
  return leaving
}
