// Up to four players as one: the chosen one leads by its wall clock, the others come along.
import { computed, onScopeDispose, ref, shallowReactive, watch } from 'vue'
import { correctionOf, leadAt, leftOut, worstDrift } from '@/core/in_step'
import type { UtcMs } from '@/core/model'
import { PlaybackTime } from '@/core/playback_time'
import type { Player } from './player'

const EVERY_MS = 100
/** After a jump a picture needs a moment before its place says anything. */
const SETTLE_MS = 1_500
const EMPTY = new PlaybackTime([])

export function useTogether() {
  const players = shallowReactive(new Map<string, Player>())
  const chosen = ref('')
  const drifts = ref<Readonly<Record<string, number | null>>>({})
  const jumped = new Map<string, number>()
  const leader = computed(() => players.get(chosen.value) ?? [...players.values()][0] ?? null)
  const leading = computed(() => [...players].find(([, one]) => one === leader.value)?.[0] ?? '')
  const speed = ref(1)
  /** Where the leading one was at the last look, and when that was. */
  let seen: { readonly lead: Player; readonly atMs: UtcMs; readonly when: number } | null = null

  function add(key: string, player: Player): void {
    player.setSpeed(speed.value)
    players.set(key, player)
  }

  /** Ahead by this many milliseconds; null: it has no picture of that moment, and waits for it. */
  function follow(key: string, one: Player, atMs: UtcMs, playing: boolean): number | null {
    const span = one.time.value.runs.find((run) => atMs >= run.startMs - 1 && atMs < run.endMs)
    if (!span) {
      one.run(false)
      const next = one.time.value.runs.find((run) => run.startMs > atMs)
      if (next && performance.now() - (jumped.get(key) ?? 0) > SETTLE_MS) jump(key, one, next.startMs)
      return null
    }
    one.run(playing)
    if (one.utcMs.value === null || one.waiting.value) return null
    const drift = one.utcMs.value - atMs
    const correction = correctionOf(drift, playing, speed.value)
    if (correction.kind === 'trim') one.setTrim(correction.trim)
    else if (performance.now() - (jumped.get(key) ?? 0) > SETTLE_MS) jump(key, one, atMs)
    return drift
  }

  function jump(key: string, one: Player, toMs: UtcMs): void {
    one.setTrim(1)
    jumped.set(key, performance.now())
    // Already there, as at the beginning of its next picture: another seek would only load anew.
    if (one.utcMs.value === null || Math.abs(one.utcMs.value - toMs) > 20) one.seekUtc(toMs)
  }

  const runs = (but?: Player) => new Map([...players].filter(([, one]) => one !== but).map(([key, one]) => [key, one.time.value.runs]))

  /** What the leading one does not have another may: it leads on from that moment. */
  function handOver(lead: Player, fromMs: UtcMs, untilMs: UtcMs): boolean {
    const next = leadAt(fromMs, runs(lead))
    const other = next && players.get(next.key)
    if (!next || !other || next.atMs >= untilMs) return false
    chosen.value = next.key
    jump(next.key, other, next.atMs)
    other.setMuted(lead.muted.value)
    other.run(true)
    return true
  }

  /** True: another one leads now. */
  function passOn(lead: Player, atMs: UtcMs): boolean {
    const [before, when] = [seen, performance.now()]
    seen = { lead, atMs, when }
    if (before?.lead !== lead || when - (jumped.get(leading.value) ?? 0) < SETTLE_MS) return false
    if (lead.ended.value) return handOver(lead, atMs, Infinity)
    return leftOut(before.atMs, atMs, when - before.when, speed.value) && handOver(lead, before.atMs + EVERY_MS, atMs - SETTLE_MS)
  }

  const timer = setInterval(() => {
    const lead = leader.value
    const atMs = lead?.utcMs.value ?? null
    if (!lead || atMs === null || lead.waiting.value || passOn(lead, atMs)) return
    lead.setTrim(1)
    const found: Record<string, number | null> = {}
    for (const [key, one] of players) if (one !== lead) found[key] = follow(key, one, atMs, lead.playing.value)
    drifts.value = found
  }, EVERY_MS)
  onScopeDispose(() => clearInterval(timer))

  // Only the leading one is heard.
  watch([leader, () => players.size], () => {
    for (const one of players.values()) if (one !== leader.value) one.setMuted(true)
  })

  function all(act: (one: Player, key: string) => void): void {
    for (const [key, one] of players) act(one, key)
  }

  /** A place that somebody chose is no gap that was left out. */
  function move(act: (one: Player) => void): void {
    jumped.set(leading.value, performance.now())
    if (leader.value) act(leader.value)
  }

  function seekUtc(ms: UtcMs): void {
    const shows = leader.value?.time.value.runs.some((run) => ms >= run.startMs && ms < run.endMs) ?? false
    const other = shows ? null : leadAt(ms, runs())
    if (other?.atMs === ms) chosen.value = other.key
    all((one, key) => (jumped.set(key, performance.now()), one.seekUtc(ms)))
  }

  const lead = (act: (one: Player) => void) => () => move(act)
  return {
    players, drifts, leading, add,
    remove: (key: string) => void players.delete(key),
    choose: (key: string) => void (chosen.value = key),
    drift: computed(() => worstDrift(Object.values(drifts.value))),
    time: computed(() => leader.value?.time.value ?? EMPTY),
    utcMs: computed(() => leader.value?.utcMs.value ?? null),
    playing: computed(() => leader.value?.playing.value ?? false),
    growing: computed(() => leader.value?.growing.value ?? false),
    atEdge: computed(() => leader.value?.atEdge.value ?? false),
    muted: computed(() => leader.value?.muted.value ?? true),
    purposeWanted: computed(() => [...players.values()].some((one) => one.purposeWanted.value)),
    speed,
    seekUtc,
    toggle: lead((one) => one.toggle()),
    run: (on: boolean) => leader.value?.run(on),
    nudge: (seconds: number) => move((one) => one.nudge(seconds)),
    stepFrame: (way: 1 | -1) => move((one) => one.stepFrame(way)),
    toStart: lead((one) => one.seek(0)),
    toEdge: lead((one) => ((speed.value = 1), all((each) => each.setSpeed(1)), one.toEdge())),
    setSpeed: (to: number) => ((speed.value = to), all((one) => one.setSpeed(to))),
    setMuted: (on: boolean) => leader.value?.setMuted(on),
  }
}

export type Together = ReturnType<typeof useTogether>
