// Whoever is shown a place may go there, and nobody is turned away from a place that the bar shows.
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { places } from './places'

const routes = readFileSync(new URL('../views/routes.ts', import.meta.url), 'utf8')

/** What the route of a path wants: its address may have more behind it. */
function wanted(path: string): string | undefined {
  const line = routes.split('\n').find((one) => one.includes(`{ path: '${path}'`) || one.includes(`{ path: '${path}/:tab(`))
  return /action: '([\w.]+)'/.exec(line ?? '')?.[1]
}

it('gates every place as its route does', () => {
  expect(places.map((place) => [place.path, place.action])).toEqual(places.map((place) => [place.path, wanted(place.path)]))
  expect(wanted('/account')).toBeUndefined() // the test can tell
})
