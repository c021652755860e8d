// The operator's wall: who stands where, which page, what is chosen, enlarged and heard.
import { defineStore } from 'pinia'
import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import { clampPage, pageCount, pageOf, squareShape, step, type Arrow, type GridSize } from '@/core/grid'
import { sourcesOnAir } from '@/core/roster_tree'
import { emptyWall, packed, pageOfWall, placed, seated } from '@/core/wall'
import { usePreferences } from './preferences'
import { useRoster } from './roster_store'

const PATROL_MS = 15_000

export const useWall = defineStore('wall', () => {
  const preferences = usePreferences()
  const roster = useRoster()
  const plan = shallowRef(emptyWall)
  const page = ref(0)
  const chosen = ref(0)
  const enlarged = ref<string | null>(null)
  const listening = ref<string | null>(null)
  const patrolling = ref(false)
  /** Terminals that the operator put up although they are not on air, or took down although they are. */
  const pinned = shallowRef<ReadonlySet<string>>(new Set())
  const removed = shallowRef<ReadonlySet<string>>(new Set())

  const size = computed(() => preferences.gridSize)
  const shape = computed(() => squareShape(size.value))
  const pages = computed(() => pageCount(plan.value.places.length, size.value))
  const tiles = computed(() => pageOfWall(plan.value, page.value, size.value))
  const chosenSource = computed(() => enlarged.value ?? tiles.value[chosen.value] ?? null)

  watch(
    () => [roster.roster, pinned.value, removed.value] as const,
    () => {
      const onAir = sourcesOnAir(roster.roster).filter((source) => !removed.value.has(source))
      plan.value = seated(plan.value, [...onAir, ...[...pinned.value].filter((source) => !onAir.includes(source))])
      page.value = clampPage(page.value, plan.value.places.length, size.value)
    },
    { immediate: true },
  )
  watch(tiles, (now) => {
    // What is no longer on the screen is no longer heard.
    if (listening.value !== null && enlarged.value === null && !now.includes(listening.value)) listening.value = null
  })

  function resize(next: GridSize): void {
    const first = page.value * size.value + chosen.value
    preferences.gridSize = next
    enlarged.value = null
    page.value = clampPage(pageOf(first, next), plan.value.places.length, next)
    chosen.value = Math.min(first - page.value * next, next - 1)
  }

  function turn(by: number): void {
    page.value = (page.value + by + pages.value) % pages.value
    chosen.value = 0
  }

  function move(arrow: Arrow): void {
    chosen.value = step(chosen.value, arrow, shape.value)
  }

  function show(source: string): void {
    const at = plan.value.places.indexOf(source)
    if (at >= 0) {
      page.value = pageOf(at, size.value)
      chosen.value = at - page.value * size.value
    } else {
      removed.value = without(removed.value, source)
      pinned.value = new Set([...pinned.value, source])
      plan.value = placed(plan.value, source, page.value * size.value + freePlace())
      chosen.value = Math.max(0, tiles.value.indexOf(source))
    }
    if (enlarged.value !== null) enlarged.value = source
  }

  function freePlace(): number {
    const free = tiles.value.indexOf(null)
    return free >= 0 ? free : chosen.value
  }

  function put(source: string, place: number): void {
    removed.value = without(removed.value, source)
    pinned.value = new Set([...pinned.value, source])
    plan.value = placed(plan.value, source, page.value * size.value + place)
    chosen.value = place
  }

  function remove(source: string): void {
    pinned.value = without(pinned.value, source)
    removed.value = new Set([...removed.value, source])
    if (enlarged.value === source) enlarged.value = null
  }

  function pack(): void {
    plan.value = packed(plan.value)
    page.value = clampPage(page.value, plan.value.places.length, size.value)
  }

  function enlarge(source: string | null): void {
    if (source !== null && tiles.value.includes(source)) chosen.value = tiles.value.indexOf(source)
    enlarged.value = source
  }

  function listen(source: string | null): void {
    listening.value = listening.value === source ? null : source
  }

  let patrol: ReturnType<typeof setInterval> | undefined
  watch(patrolling, (on) => {
    clearInterval(patrol)
    if (on) patrol = setInterval(() => enlarged.value === null && turn(1), PATROL_MS)
  })
  onScopeDispose(() => clearInterval(patrol))

  return {
    page, pages, chosen, enlarged, listening, patrolling, size, shape, tiles, chosenSource, plan,
    resize, turn, move, show, put, remove, pack, enlarge, listen,
  }
})

function without(set: ReadonlySet<string>, source: string): ReadonlySet<string> {
  return new Set([...set].filter((each) => each !== source))
}
