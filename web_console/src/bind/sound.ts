// Sound: whether the browser lets it out, and how loud the receiver's track is right now.
import { onScopeDispose, ref, type Ref, type ShallowRef } from 'vue'

/** Browsers keep pages silent until the first gesture. */
export function useSoundAllowed(): Ref<boolean> {
  const allowed = ref(navigator.userActivation?.hasBeenActive ?? false)
  const heard = () => {
    allowed.value = true
    remove()
  }
  const remove = () => {
    window.removeEventListener('pointerdown', heard, true)
    window.removeEventListener('keydown', heard, true)
  }
  window.addEventListener('pointerdown', heard, true)
  window.addEventListener('keydown', heard, true)
  onScopeDispose(remove)
  return allowed
}

/** 0..1, of the newest packets; the receiver knows it without an audio graph, also while muted. */
export function useSoundLevel(connection: ShallowRef<RTCPeerConnection | null>): Ref<number> {
  const level = ref(0)
  const timer = setInterval(() => {
    const receiver = connection.value?.getReceivers().find((one) => one.track.kind === 'audio')
    const source = receiver?.getSynchronizationSources()[0]
    const now = source?.audioLevel ?? 0
    // Falls slowly, as a needle does.
    level.value = Math.max(now, level.value * 0.7 < 0.005 ? 0 : level.value * 0.7)
  }, 100)
  onScopeDispose(() => clearInterval(timer))
  return level
}

/** A linear level as the length of a bar: 50 dB from nothing to full. */
export function meterLength(level: number): number {
  return level <= 0 ? 0 : Math.min(1, Math.max(0, 1 + (20 * Math.log10(level)) / 50))
}
