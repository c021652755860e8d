// What recordings are asked for: the form's filter, its place in the address, and the query of the server.
import type { Name, UtcMs } from './model'

export { coverageText } from './coverage'

export const kinds = ['penalty', 'licensing', 'compulsion', 'inspection', 'expropriation'] as const
export const states = ['open', 'closed', 'sealed', 'held', 'purged'] as const
export const faults = ['black', 'covered', 'blurred', 'frozen'] as const

export interface SearchFilter {
  readonly text: string
  readonly department: string
  readonly terminal: string
  readonly officer: string
  readonly enforcement: string
  readonly item: string
  readonly kind: string
  readonly step: string
  readonly case: string
  readonly party: string
  /** Four numbers (a rectangle) or three (a point and metres around it), as they were written. */
  readonly place: string
  readonly state: string
  readonly fault: string
  readonly held: '' | 'yes' | 'no'
  readonly missing: boolean
  readonly unlinked: boolean
  readonly fromMs: UtcMs | null
  readonly toMs: UtcMs | null
}

export const anyRecording: SearchFilter = {
  text: '', department: '', terminal: '', officer: '', enforcement: '', item: '', kind: '', step: '', case: '', party: '', place: '',
  state: '', fault: '', held: '', missing: false, unlinked: false, fromMs: null, toMs: null,
}

const words = ['text', 'department', 'terminal', 'officer', 'enforcement', 'item', 'kind', 'step', 'case', 'place', 'state', 'fault'] as const
const flags = ['missing', 'unlinked'] as const

/** The name of a party stays out of the address: addresses end in histories and logs. */
export function queryOfFilter(filter: SearchFilter): Record<string, string> {
  const query: Record<string, string> = {}
  for (const name of words) if (filter[name] !== '') query[name] = filter[name]
  for (const name of flags) if (filter[name]) query[name] = '1'
  if (filter.held !== '') query['held'] = filter.held
  if (filter.fromMs !== null) query['from'] = String(filter.fromMs)
  if (filter.toMs !== null) query['to'] = String(filter.toMs)
  return query
}

/** An address is written by anybody: what makes no sense in it counts as not there. */
export function filterOfQuery(query: Readonly<Record<string, unknown>>): SearchFilter {
  const word = (name: string) => (typeof query[name] === 'string' ? query[name].slice(0, 200) : '')
  const oneOf = (name: string, allowed: readonly string[]) => (allowed.includes(word(name)) ? word(name) : '')
  const held = word('held')
  return {
    ...anyRecording,
    ...Object.fromEntries(words.map((name) => [name, word(name)])),
    kind: oneOf('kind', kinds),
    state: oneOf('state', states),
    fault: oneOf('fault', faults),
    held: held === 'yes' || held === 'no' ? held : '',
    missing: word('missing') === '1',
    unlinked: word('unlinked') === '1',
    fromMs: moment(word('from')),
    toMs: moment(word('to')),
  }
}

function moment(value: string): UtcMs | null {
  return /^\d{1,15}$/.test(value) ? Number(value) : null
}

export interface Rectangle {
  readonly minLat: number
  readonly maxLat: number
  readonly minLon: number
  readonly maxLon: number
}

const METRES_OF_A_DEGREE = 111_320

/** `38.9, 100.4, 500`: within 500 m; `38.8, 38.9, 100.3, 100.5`: from, to. Null for what is neither. */
export function rectangleOf(place: string): Rectangle | null {
  const numbers = place.split(/[\s,，;；]+/).filter(Boolean).map(Number)
  if (numbers.some((one) => !Number.isFinite(one))) return null
  const [a = 0, b = 0, c = 0, d = 0] = numbers
  if (numbers.length === 4) return sane({ minLat: Math.min(a, b), maxLat: Math.max(a, b), minLon: Math.min(c, d), maxLon: Math.max(c, d) })
  if (numbers.length !== 3 || c <= 0 || c > 200_000 || Math.abs(a) > 85) return null
  const high = c / METRES_OF_A_DEGREE
  const wide = high / Math.cos((a * Math.PI) / 180)
  return sane({ minLat: a - high, maxLat: a + high, minLon: b - wide, maxLon: b + wide })
}

function sane(one: Rectangle): Rectangle | null {
  return one.minLat >= -90 && one.maxLat <= 90 && one.minLon >= -180 && one.maxLon <= 180 ? one : null
}

/** What is narrowed beyond the first line of the form: counted on its button. */
export function furtherOf(filter: SearchFilter): number {
  const further = ['officer', 'enforcement', 'item', 'kind', 'step', 'case', 'party', 'place', 'fault', 'held', 'missing', 'unlinked'] as const
  return further.filter((name) => filter[name] !== anyRecording[name]).length
}

export interface Found {
  readonly id: string
  readonly source: string
  readonly terminalName: string
  readonly departmentName: Name
  readonly startedMs: UtcMs
  /** While open: as far as it was kept when the row was made. */
  readonly endedMs: UtcMs
  readonly state: (typeof states)[number]
  readonly held: boolean
  /** 0: not known. */
  readonly bytes: number
  readonly origin: 'server' | 'terminal'
  readonly layer: 'main' | 'sub'
  readonly enforcement: string
  readonly itemCode: string
  readonly itemName: string
  readonly kind: string
  readonly officers: readonly { readonly certificate: string; readonly name: string }[]
  readonly party: string
  readonly place: string
  readonly steps: readonly string[]
  readonly faults: readonly string[]
  readonly perMille: number | null
  readonly missingMs: number
  readonly cases: readonly { readonly id: string; readonly number: string }[]
  readonly stillUrl: string | null
}

/** Side by side: at most this many pictures. */
export const MOST_PICTURES = 4

export function playPath(ids: readonly string[]): string {
  const [first, ...others] = ids
  return others.length === 0 ? `/play/${first}` : `/play/${first}?with=${others.slice(0, MOST_PICTURES - 1).join(',')}`
}
