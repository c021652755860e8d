// Where somebody may go, by what the sign-in allows.

export interface Place {
  readonly path: string
  readonly action: string
  /** Of those who run the platform: where there is no room for all, they stand behind one button. */
  readonly managing?: boolean
}

export const places = [
  { path: '/wall', action: 'stream.list' },
  { path: '/enforcements', action: 'enforcement.list' },
  { path: '/cases', action: 'case.list' },
  { path: '/recordings', action: 'recording.search' },
  { path: '/exports', action: 'export.list', managing: true },
  { path: '/retention', action: 'hold.list', managing: true },
  { path: '/publish', action: 'stream.publish', managing: true },
  { path: '/terminals', action: 'device.list', managing: true },
  { path: '/organisation', action: 'org.read', managing: true },
  { path: '/people', action: 'person.list', managing: true },
  { path: '/ledger', action: 'ledger.search', managing: true },
] as const satisfies readonly Place[]

export type PlacePath = (typeof places)[number]['path']

export function placesFor(actions: ReadonlySet<string>): readonly (typeof places)[number][] {
  return places.filter((place) => actions.has(place.action))
}

const ROOM = 6

/** What stands in the bar, and what behind its last button; nothing does while there is room. */
export function barOf(allowed: readonly (typeof places)[number][]): { readonly shown: readonly (typeof places)[number][]; readonly folded: readonly (typeof places)[number][] } {
  const managing = (place: Place) => place.managing === true
  if (allowed.length <= ROOM) return { shown: allowed, folded: [] }
  return { shown: allowed.filter((place) => !managing(place)), folded: allowed.filter(managing) }
}

/** What each of the three administrators comes for is not the first of the list. */
const favourites: Readonly<Record<string, PlacePath>> = { system_admin: '/organisation', security_admin: '/people', audit_admin: '/ledger' }

export function homeFor(actions: ReadonlySet<string>, roles: readonly string[]): string {
  const own = roles.length === 1 ? favourites[roles[0] ?? ''] : undefined
  const allowed = placesFor(actions)
  return allowed.find((place) => place.path === own)?.path ?? allowed[0]?.path ?? '/account'
}
