// The pictures of a <video>: when the newest came, a still of it when they stop, a file of it on demand.
import { onScopeDispose, ref, watch, type Ref, type ShallowRef } from 'vue'

export interface Picture {
  /** Local time of the newest picture, or null before the first. */
  readonly lastFrameMs: Ref<number | null>
  /** Draws the picture that is shown now. */
  readonly draw: (onto: HTMLCanvasElement) => boolean
  readonly file: () => Promise<Blob | null>
}

export function usePicture(video: Readonly<ShallowRef<HTMLVideoElement | null>>, media: ShallowRef<MediaStream | null>): Picture {
  const lastFrameMs = ref<number | null>(null)
  let handle = 0
  let watched: HTMLVideoElement | null = null

  function next(): void {
    if (!watched) return
    handle = watched.requestVideoFrameCallback((_now, frame) => {
      next()
      // A stream that is cut off is painted black by the browser: only what came by RTP is a picture.
      if (frame.rtpTimestamp === undefined) return
      const now = performance.now()
      // The tile needs to know to a quarter of a second, not to a frame.
      if (lastFrameMs.value === null || now - lastFrameMs.value > 250) lastFrameMs.value = now
    })
  }

  function release(): void {
    watched?.cancelVideoFrameCallback(handle)
    watched = null
  }

  watch(
    video,
    (element) => {
      release()
      watched = element
      next()
    },
    { immediate: true, flush: 'post' },
  )
  watch(
    [video, media],
    ([element, stream]) => {
      if (!element || element.srcObject === stream) return
      element.srcObject = stream
      void element.play().catch(() => null)
    },
    { immediate: true, flush: 'post' },
  )
  onScopeDispose(release)

  function draw(onto: HTMLCanvasElement): boolean {
    const element = video.value
    const context = onto.getContext('2d')
    if (!element || !context || element.videoWidth === 0) return false
    onto.width = element.videoWidth
    onto.height = element.videoHeight
    context.drawImage(element, 0, 0)
    return true
  }

  function file(): Promise<Blob | null> {
    const canvas = document.createElement('canvas')
    if (!draw(canvas)) return Promise.resolve(null)
    return new Promise((resolve) => canvas.toBlob(resolve, 'image/png'))
  }

  return { lastFrameMs, draw, file }
}

/** Hands a file to the browser's own download. */
export function saveFile(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
