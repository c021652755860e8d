// Publishing this device's camera and microphone: two layers by simulcast, H.264 before anything else.
import { onScopeDispose, ref, shallowRef } from 'vue'
import { publishSignalling } from '@/api/media'
import { MediaSession, type Refusal } from '@/core/media_session'
import type { SessionState } from '@/core/session_life'
import { h264First, opusFirst, simulcastPlan } from '@/core/whip'
import { browserTimers, peerOf } from './browser_peer'

export interface Picture {
  readonly height: number
  readonly mainKbps: number
}

export function usePublishing() {
  const state = ref<SessionState>('idle')
  const refusal = shallowRef<Refusal | null>(null)
  const media = shallowRef<MediaStream | null>(null)
  const deviceTrouble = ref('')
  const kbps = ref(0)
  let session: MediaSession | null = null
  let connection: RTCPeerConnection | null = null
  let sentBytes = 0

  async function start(name: string, token: string | null, camera: string, microphone: string, picture: Picture): Promise<void> {
    stop()
    deviceTrouble.value = ''
    try {
      media.value = await navigator.mediaDevices.getUserMedia({
        video: { deviceId: camera || undefined, height: { ideal: picture.height }, width: { ideal: (picture.height * 16) / 9 }, frameRate: { ideal: 25 } },
        audio: { deviceId: microphone || undefined, echoCancellation: true, noiseSuppression: true },
      })
    } catch (error) {
      deviceTrouble.value = error instanceof Error ? error.message : String(error)
      return
    }
    const stream = media.value
    const mine = new MediaSession({
      peer: (heard) => {
        connection = sender(stream, picture.mainKbps)
        sentBytes = 0
        return peerOf(connection, heard)
      },
      signalling: publishSignalling(name, token),
      timers: browserTimers,
      changed: (next, why) => {
        if (session !== mine) return
        state.value = next
        refusal.value = why
      },
    })
    session = mine
    mine.start()
  }

  function stop(): void {
    const old = session
    session = null
    old?.stop()
    connection = null
    media.value?.getTracks().forEach((track) => track.stop())
    media.value = null
    state.value = 'idle'
    kbps.value = 0
  }

  async function measure(): Promise<void> {
    if (!connection || state.value !== 'connected') return
    let bytes = 0
    for (const one of (await connection.getStats()).values()) if (one.type === 'outbound-rtp') bytes += one.bytesSent ?? 0
    kbps.value = sentBytes > 0 ? Math.max(0, ((bytes - sentBytes) * 8) / 1000) : 0
    sentBytes = bytes
  }

  const timer = setInterval(() => void measure().catch(() => null), 1_000)
  window.addEventListener('pagehide', stop)
  onScopeDispose(() => {
    clearInterval(timer)
    window.removeEventListener('pagehide', stop)
    stop()
  })
  return { state, refusal, media, deviceTrouble, kbps, start, stop }
}

function sender(stream: MediaStream, mainKbps: number): RTCPeerConnection {
  const made = new RTCPeerConnection({ bundlePolicy: 'max-bundle' })
  for (const track of stream.getVideoTracks()) {
    track.contentHint = 'motion'
    const transceiver = made.addTransceiver(track, { direction: 'sendonly', streams: [stream], sendEncodings: simulcastPlan(mainKbps) })
    transceiver.setCodecPreferences(h264First(RTCRtpSender.getCapabilities('video')?.codecs ?? []))
  }
  for (const track of stream.getAudioTracks()) {
    const transceiver = made.addTransceiver(track, { direction: 'sendonly', streams: [stream] })
    transceiver.setCodecPreferences(opusFirst(RTCRtpSender.getCapabilities('audio')?.codecs ?? []))
  }
  return made
}

export interface Device {
  readonly id: string
  readonly name: string
}

/** Names are told only after the first permission; before that there is one nameless entry. */
export async function devices(kind: 'videoinput' | 'audioinput'): Promise<Device[]> {
  const all = (await navigator.mediaDevices?.enumerateDevices()) ?? []
  return all.filter((one) => one.kind === kind && one.deviceId !== '').map((one) => ({ id: one.deviceId, name: one.label || one.deviceId.slice(0, 8) }))
}
