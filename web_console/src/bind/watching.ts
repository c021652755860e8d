// Watching one stream: a WHEP session that follows the stream's id, the wanted layer and whether anybody looks.
import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import { chooseLayer, watchSignalling } from '@/api/media'
import type { LayerWish } from '@/core/model'
import { MediaSession, type Opened, type Refusal } from '@/core/media_session'
import type { SessionState } from '@/core/session_life'
import { browserTimers, peerOf } from './browser_peer'

export interface Watching {
  readonly state: Ref<SessionState>
  readonly refusal: ShallowRef<Refusal | null>
  readonly media: ShallowRef<MediaStream | null>
  readonly connection: ShallowRef<RTCPeerConnection | null>
  readonly nudge: () => void
  readonly hurry: () => void
  readonly again: () => void
}

export function useWatching(streamId: Ref<string | null>, layer: Ref<LayerWish>, active: Ref<boolean>): Watching {
  const state = ref<SessionState>('idle')
  const refusal = shallowRef<Refusal | null>(null)
  const media = shallowRef<MediaStream | null>(null)
  const connection = shallowRef<RTCPeerConnection | null>(null)
  let session: MediaSession | null = null
  let asked: { opened: Opened; layer: LayerWish } | null = null

  function begin(id: string): void {
    const peer = (heard: (state: RTCPeerConnectionState) => void) => {
      const made = receiver((stream) => (media.value = stream))
      connection.value = made
      return peerOf(made, heard)
    }
    const wire = watchSignalling(id, () => layer.value)
    const signalling = {
      ...wire,
      async open(offer: string): Promise<Opened> {
        const wish = layer.value
        const opened = await wire.open(offer)
        asked = { opened, layer: wish }
        return opened
      },
    }
    const mine = new MediaSession({
      peer, signalling, timers: browserTimers,
      changed: (next, why) => {
        if (session !== mine) return
        state.value = next
        refusal.value = why
        if (next === 'connected') follow()
      },
    })
    session = mine
    mine.start()
  }

  function follow(): void {
    if (!asked || asked.layer === layer.value || state.value !== 'connected') return
    asked = { ...asked, layer: layer.value }
    // If this fails, the session is failing too, and opens anew with the layer that is wanted then.
    void chooseLayer(asked.opened, asked.layer).catch(() => null)
  }

  function end(): void {
    const old = session
    session = null
    asked = null
    old?.stop()
    connection.value = null
    state.value = 'idle'
  }

  function again(): void {
    end()
    if (streamId.value !== null && active.value) begin(streamId.value)
  }

  watch([streamId, active], again, { immediate: true })
  watch(layer, follow)
  const returned = (event: PageTransitionEvent) => event.persisted && again()
  window.addEventListener('pagehide', end)
  window.addEventListener('pageshow', returned)
  onScopeDispose(() => {
    window.removeEventListener('pagehide', end)
    window.removeEventListener('pageshow', returned)
    end()
  })
  return { state, refusal, media, connection, nudge: () => session?.nudge(), hurry: () => session?.hurry(), again }
}

function receiver(onStream: (stream: MediaStream) => void): RTCPeerConnection {
  const made = new RTCPeerConnection({ bundlePolicy: 'max-bundle' })
  made.addTransceiver('video', { direction: 'recvonly' })
  made.addTransceiver('audio', { direction: 'recvonly' })
  const stream = new MediaStream()
  made.addEventListener('track', (event) => {
    stream.addTrack(event.track)
    onStream(stream)
  })
  return made
}
