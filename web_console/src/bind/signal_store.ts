// What the server tells without being asked: open while somebody is signed in, and visible when it is not.
import { defineStore } from 'pinia'
import { computed, onScopeDispose, ref, watch } from 'vue'
import { openSignalSocket } from '@/api/signal_socket'
import { SignalLine, type SignalState } from '@/core/signals'
import { useSession } from './session_store'

const AGAIN_MS = 3_000

type Hear = (body: unknown) => void

export const useSignals = defineStore('signals', () => {
  const session = useSession()
  const state = ref<SignalState>('off')
  const ears = new Map<string, Set<Hear>>()
  const readers = new Set<() => void>()
  const topics = new Map<string, number>()

  const line = new SignalLine({
    connect: openSignalSocket,
    timers: {
      after: (ms, run) => {
        const timer = setTimeout(run, ms)
        return () => clearTimeout(timer)
      },
      chance: () => Math.random(),
    },
    newId: () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, '0')).join(''),
    message: (type, body) => ears.get(type)?.forEach((hear) => hear(body)),
    readAnew: () => readers.forEach((read) => read()),
    ended: (code) => void again(code),
    changed: (now) => (state.value = now),
  })

  /** Ended by the server: for good when the sign-in is over; else rights changed, and a new line has the new ones. */
  async function again(code: string): Promise<void> {
    await session.ask().catch(() => null)
    // A line that another one replaced (too many windows) would only replace the next.
    if (code !== 'replaced') setTimeout(() => session.signedIn && line.start(), AGAIN_MS)
  }

  watch(() => session.signedIn, (signedIn) => (signedIn ? line.start() : line.stop()), { immediate: true })
  const nudge = () => line.nudge()
  const onVisible = () => !document.hidden && nudge()
  window.addEventListener('online', nudge)
  document.addEventListener('visibilitychange', onVisible)
  onScopeDispose(() => {
    window.removeEventListener('online', nudge)
    document.removeEventListener('visibilitychange', onVisible)
    line.stop()
  })

  /** Hear messages of one type for as long as the caller's scope lives. */
  function on(type: string, hear: Hear): void {
    const hearing = ears.get(type) ?? new Set()
    ears.set(type, hearing.add(hear))
    onScopeDispose(() => hearing.delete(hear))
  }

  /** Have a topic's state sent as it changes, as messages of `type`. */
  function follow(topic: string, type: string, hear: Hear): void {
    on(type, hear)
    count(topic, 1)
    onScopeDispose(() => count(topic, -1))
  }

  function count(topic: string, by: number): void {
    topics.set(topic, (topics.get(topic) ?? 0) + by)
    line.subscribe([...topics].filter(([, users]) => users > 0).map(([name]) => name))
  }

  /** Called when what the page shows must be read anew. */
  function onReadAnew(read: () => void): void {
    readers.add(read)
    onScopeDispose(() => readers.delete(read))
  }

  return { state, open: computed(() => state.value === 'open'), on, follow, onReadAnew, send: (type: string, body: object) => line.send(type, body) }
})
