// Playing one recording with hls.js: wall clock, gaps, speeds, frame steps, the live edge of an open one.
import Hls, { ErrorTypes, Events, type LevelDetails } from 'hls.js/light'
import { computed, onScopeDispose, ref, shallowRef, watch, type ShallowRef } from 'vue'
import { PlaybackTime, type Piece } from '@/core/playback_time'

export const speeds = [0.5, 1, 2, 4, 8, 16] as const

/** Not there or not for this person; the server does not answer, and is asked again; pictures that cannot be shown. */
export type PlayFailure = 'gone' | 'away' | 'broken'

const AGAIN_MS = 3_000
/** Closer than this to the newest picture is "live". */
const EDGE_S = 12
const EMPTY = new PlaybackTime([])

function piecesOf(details: LevelDetails): Piece[] {
  return details.fragments
    .filter((one) => one.programDateTime !== null && one.gap !== true)
    .map((one) => ({ startS: one.start, durationS: one.duration, utcMs: one.programDateTime ?? 0 }))
}

export function usePlayer(video: Readonly<ShallowRef<HTMLVideoElement | null>>, playlistUrl: ShallowRef<string | null>) {
  const time = shallowRef(EMPTY)
  const positionS = ref(0)
  const durationS = ref(0)
  const playing = ref(false)
  const ended = ref(false)
  const waiting = ref(true)
  const speed = ref<number>(1)
  const muted = ref(false)
  const growing = ref(false)
  const failure = ref<PlayFailure | ''>('')
  /** The server wants to know what for, anew: it keeps viewings in memory. */
  const purposeWanted = ref(false)
  /** A little more or less than the chosen speed, to come back in step with another picture. */
  let trim = 1
  let hls: Hls | null = null
  let frameS = 1 / 25
  let loop = 0
  let again: ReturnType<typeof setTimeout> | undefined

  function open(element: HTMLVideoElement, url: string): void {
    const made = new Hls({
      enableWorker: true, backBufferLength: 60, maxBufferLength: 40, maxMaxBufferLength: 120, liveSyncDurationCount: 2,
      xhrSetup: (request) => {
        // A file that still grows changes its validator: from its cache the browser would ask for the whole of it (If-Range).
        if (growing.value) request.setRequestHeader('Cache-Control', 'no-cache')
      },
    })
    hls = made
    failure.value = ''
    purposeWanted.value = false
    waiting.value = true
    const learn = (_event: unknown, { details }: { details: LevelDetails }) => {
      growing.value = details.live
      const pieces = piecesOf(details)
      time.value = new PlaybackTime(pieces)
      // A list may begin with sound alone: begin where there is a picture.
      const first = pieces[0]?.startS ?? 0
      if (!details.live && element.currentTime < first) element.currentTime = first + 0.001
    }
    made.on(Events.LEVEL_UPDATED, learn)
    made.on(Events.LEVEL_PTS_UPDATED, learn)
    made.on(Events.ERROR, (_event, data) => {
      if (!data.fatal) return
      if (data.type === ErrorTypes.MEDIA_ERROR) made.recoverMediaError()
      else if (data.response?.code === 403) purposeWanted.value = true
      else if (data.type !== ErrorTypes.NETWORK_ERROR) failure.value = 'broken'
      else if (data.response?.code === 404) failure.value = 'gone'
      else {
        failure.value = 'away'
        again = setTimeout(() => askAgain(made, url), AGAIN_MS)
      }
    })
    made.loadSource(url)
    made.attachMedia(element)
    // Without a gesture browsers play only what is silent.
    void element.play().catch(() => {
      element.muted = true
      return element.play().catch(() => null)
    })
  }

  function askAgain(made: Hls, url: string): void {
    failure.value = ''
    if (made.levels.length === 0) made.loadSource(url)
    else made.startLoad()
  }

  function close(): void {
    clearTimeout(again)
    hls?.destroy()
    hls = null
    time.value = EMPTY
  }

  watch(
    [video, playlistUrl],
    ([element, url]) => {
      close()
      if (element && url !== null) open(element, url)
    },
    { immediate: true, flush: 'post' },
  )

  const follow = () => {
    const element = video.value
    if (element) {
      positionS.value = element.currentTime
      durationS.value = Number.isFinite(element.duration) ? element.duration : (element.seekable.length ? element.seekable.end(0) : 0)
      playing.value = !element.paused && !element.ended
      ended.value = element.ended
      waiting.value = element.readyState < HTMLMediaElement.HAVE_CURRENT_DATA || element.seeking
      muted.value = element.muted
      const rate = Math.min(16, speed.value * trim)
      if (Math.abs(element.playbackRate - rate) > 0.001) element.playbackRate = rate
    }
    loop = requestAnimationFrame(follow)
  }
  loop = requestAnimationFrame(follow)

  function seek(toS: number): void {
    const element = video.value
    if (!element || !Number.isFinite(toS)) return
    element.currentTime = Math.min(Math.max(0, toS), Math.max(0, durationS.value - 0.05))
  }

  function seekUtc(utcMs: number): void {
    const at = time.value.toPlayer(utcMs)
    if (at !== null) seek(at + 0.001)
  }

  function run(on: boolean): void {
    const element = video.value
    if (!element || on !== element.paused) return
    if (on) void element.play().catch(() => null)
    else element.pause()
  }

  /** Learns the length of a frame from the pictures themselves. */
  function stepFrame(way: 1 | -1): void {
    const element = video.value
    if (!element) return
    element.pause()
    const before = element.currentTime
    element.requestVideoFrameCallback((_now, picture) => {
      const moved = Math.abs(picture.mediaTime - before)
      if (moved > 0.008 && moved < 0.2) frameS = moved
    })
    seek(before + way * frameS)
  }

  function toEdge(): void {
    speed.value = 1
    seek(hls?.liveSyncPosition ?? durationS.value - 1)
    void video.value?.play().catch(() => null)
  }

  onScopeDispose(() => {
    cancelAnimationFrame(loop)
    close()
  })

  return {
    time, positionS, durationS, playing, ended, waiting, speed, muted, growing, failure, purposeWanted,
    utcMs: computed(() => time.value.toUtc(positionS.value)),
    atEdge: computed(() => growing.value && durationS.value - positionS.value < EDGE_S),
    seek, seekUtc, run, stepFrame, toEdge,
    toggle: () => run(!playing.value),
    video: () => video.value,
    setTrim: (to: number) => void (trim = to),
    nudge: (seconds: number) => seek(positionS.value + seconds),
    setSpeed: (to: number) => void (speed.value = to),
    setMuted: (on: boolean) => void (video.value && (video.value.muted = on)),
  }
}

export type Player = ReturnType<typeof usePlayer>
