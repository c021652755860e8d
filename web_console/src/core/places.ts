// Where somebody may go, by what the sign-in allows.

export interface Place {
  readonly path: string
  readonly action: string
}

export const places = [
  { path: '/wall', action: 'stream.list' },
  { path: '/recordings', action: 'recording.list' },
  { path: '/publish', action: 'stream.publish' },
  { path: '/terminals', action: 'device.list' },
  { path: '/organisation', action: 'org.read' },
  { path: '/people', action: 'person.list' },
  { path: '/ledger', action: 'ledger.search' },
] as const satisfies readonly Place[]

export type PlacePath = (typeof places)[number]['path']

export function placesFor(actions: ReadonlySet<string>): readonly (typeof places)[number][] {
  return places.filter((place) => actions.has(place.action))
}

/** What each of the three administrators comes for is not the first of the list. */
const favourites: Readonly<Record<string, PlacePath>> = { system_admin: '/organisation', security_admin: '/people', audit_admin: '/ledger' }

export function homeFor(actions: ReadonlySet<string>, roles: readonly string[]): string {
  const own = roles.length === 1 ? favourites[roles[0] ?? ''] : undefined
  const allowed = placesFor(actions)
  return allowed.find((place) => place.path === own)?.path ?? allowed[0]?.path ?? '/account'
}
