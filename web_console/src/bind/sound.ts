// Sound: whether the browser lets it out, and how loud a stream is right now.
import { onScopeDispose, ref, watch, type Ref, type ShallowRef } from 'vue'

const allowed = ref(navigator.userActivation?.hasBeenActive ?? false)
let context: AudioContext | null = null

/** Browsers keep pages silent until the first gesture. */
function onGesture(): void {
  allowed.value = true
  context ??= new AudioContext({ latencyHint: 'playback' })
  if (context.state !== 'running') void context.resume().catch(() => null)
}
window.addEventListener('pointerdown', onGesture, true)
window.addEventListener('keydown', onGesture, true)

export function useSoundAllowed(): Ref<boolean> {
  return allowed
}

/** 0..1: the peak of the last moments, muted or not. Nothing is known before the first gesture. */
export function useSoundLevel(media: ShallowRef<MediaStream | null>): Ref<number> {
  const level = ref(0)
  let ear: { source: MediaStreamAudioSourceNode; analyser: AnalyserNode; samples: Float32Array<ArrayBuffer>; track: MediaStreamTrack } | null = null

  function release(): void {
    ear?.source.disconnect()
    ear = null
  }

  function listenTo(track: MediaStreamTrack, through: AudioContext): typeof ear {
    const source = through.createMediaStreamSource(new MediaStream([track]))
    const analyser = through.createAnalyser()
    analyser.fftSize = 2048
    source.connect(analyser)
    return { source, analyser, samples: new Float32Array(analyser.fftSize), track }
  }

  const timer = setInterval(() => {
    const track = media.value?.getAudioTracks()[0] ?? null
    if (ear && ear.track !== track) release()
    if (track && context?.state === 'running') ear ??= listenTo(track, context)
    let peak = 0
    if (ear) {
      ear.analyser.getFloatTimeDomainData(ear.samples)
      for (const sample of ear.samples) peak = Math.max(peak, Math.abs(sample))
    }
    // Falls slowly, as a needle does.
    level.value = Math.max(peak, level.value * 0.75 < 0.002 ? 0 : level.value * 0.75)
  }, 80)
  watch(media, release)
  onScopeDispose(() => {
    clearInterval(timer)
    release()
  })
  return level
}

/** A linear level as the length of a bar: 45 dB from nothing to full. */
export function meterLength(level: number): number {
  return level <= 0 ? 0 : Math.min(1, Math.max(0, 1 + (20 * Math.log10(level)) / 45))
}
