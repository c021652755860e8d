// Who stands where on the wall: places keep their terminal while streams come and go.

export interface WallPlan {
  /** The source shown at each place, over all pages; null is an empty place. */
  readonly places: readonly (string | null)[]
}

export const emptyWall: WallPlan = { places: [] }

/** Seats every wanted source: those seated stay, newcomers take the first empty place, the unwanted leave. */
export function seated(plan: WallPlan, wanted: readonly string[]): WallPlan {
  const wants = new Set(wanted)
  const places = plan.places.map((source) => (source !== null && wants.has(source) ? source : null))
  const present = new Set(places)
  for (const source of wanted) {
    if (present.has(source)) continue
    const free = places.indexOf(null)
    if (free < 0) places.push(source)
    else places[free] = source
    present.add(source)
  }
  return { places: trimmed(places) }
}

/** Puts a source at a place; if it stood elsewhere, the two change places. */
export function placed(plan: WallPlan, source: string, place: number): WallPlan {
  const places = [...plan.places]
  while (places.length <= place) places.push(null)
  const before = places.indexOf(source)
  const other = places[place] ?? null
  if (before >= 0) places[before] = other
  places[place] = source
  if (before < 0 && other !== null) places.push(other)
  return { places: trimmed(places) }
}

export function pageOfWall(plan: WallPlan, page: number, size: number): (string | null)[] {
  return Array.from({ length: size }, (_, at) => plan.places[page * size + at] ?? null)
}

/** The same wall with the empty places closed. */
export function packed(plan: WallPlan): WallPlan {
  return { places: plan.places.filter((source) => source !== null) }
}

function trimmed(places: (string | null)[]): (string | null)[] {
  let end = places.length
  while (end > 0 && places[end - 1] === null) end--
  return places.slice(0, end)
}
