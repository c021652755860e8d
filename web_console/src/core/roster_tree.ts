// Departments with their terminals as the rows of a list: who is live, who was lost, who is away.
import type { Department, DepartmentKind, LiveStream, Name, Presence, Roster, Terminal } from './model'

export interface Count {
  readonly live: number
  readonly lost: number
  readonly online: number
  readonly all: number
}

export interface GroupRow {
  readonly kind: 'group'
  /** `guest`: those who belong to no department of the register. */
  readonly id: DepartmentKind | 'guest'
  readonly count: Count
  readonly open: boolean
}

export interface DepartmentRow {
  readonly kind: 'department'
  readonly id: string
  readonly name: Name
  readonly count: Count
  readonly open: boolean
}

export interface TerminalRow {
  readonly kind: 'terminal'
  readonly id: string
  readonly title: Name
  readonly departmentId: string
  readonly departmentName: Name
  readonly presence: Presence
  readonly stream: LiveStream | null
  readonly lastSeenMs: number | null
}

export type RosterRow = GroupRow | DepartmentRow | TerminalRow

export interface RosterFilter {
  readonly text: string
  readonly onlyLive: boolean
  /** Groups and departments that somebody folded (false) or unfolded (true); else those stand open where someone is there. */
  readonly folds: ReadonlyMap<string, boolean>
}

const everything: RosterFilter = { text: '', onlyLive: false, folds: new Map() }
const kinds: readonly DepartmentKind[] = ['township', 'bureau', 'centre', 'team']
const none: Count = { live: 0, lost: 0, online: 0, all: 0 }

/** The server waits for half a minute before it calls a silent link lost; an operator wants to know sooner. */
export const SILENT_AFTER_MS = 5_000

export function isSilent(stream: LiveStream): boolean {
  return (stream.uplink?.silentMs ?? 0) > SILENT_AFTER_MS
}

export function presenceOf(terminal: Terminal | null, stream: LiveStream | null): Presence {
  if (stream?.state === 'live') return isSilent(stream) ? 'lost' : 'live'
  if (stream?.state === 'lost') return 'lost'
  return terminal?.online || (stream && stream.state !== 'ended') ? 'online' : 'offline'
}

/** The stream that stands for a source now: the live one before the lost one before one that is being set up. */
export function streamOf(roster: Roster, source: string): LiveStream | null {
  const order = { live: 0, lost: 1, answered: 2, offered: 3, ended: 4 }
  let best: LiveStream | null = null
  for (const stream of roster.streams) {
    if (stream.source !== source || stream.state === 'ended') continue
    if (!best || order[stream.state] < order[best.state]) best = stream
  }
  return best
}

export function rosterRows(roster: Roster, filter: RosterFilter): RosterRow[] {
  const members = new Map<string, TerminalRow[]>()
  for (const row of terminalRows(roster, filter)) {
    members.set(row.departmentId, [...(members.get(row.departmentId) ?? []), row])
  }
  const searching = filter.text.trim() !== '' || filter.onlyLive
  const open = (id: string, usually: boolean) => searching || (filter.folds.get(id) ?? usually)
  const groups = kinds.flatMap((kind) => {
    const shown = roster.departments.filter((one) => one.kind === kind && members.has(one.id))
    if (shown.length === 0) return []
    const rows = shown.flatMap((one) => {
      const mine = members.get(one.id) ?? []
      return departmentRows(one, mine, open(one.id, mine.some((row) => row.presence !== 'offline')))
    })
    const count = shown.map((one) => counted(members.get(one.id) ?? [])).reduce(added, none)
    const group: GroupRow = { kind: 'group', id: kind, count, open: open(kind, true) }
    return group.open ? [group, ...rows] : [group]
  })
  const known = new Set(roster.departments.map((one) => one.id))
  const guests = [...members.entries()].flatMap(([id, rows]) => (known.has(id) ? [] : rows))
  if (guests.length === 0) return groups
  const group: GroupRow = { kind: 'group', id: 'guest', count: counted(guests), open: open('guest', true) }
  return [...groups, group, ...(group.open ? guests : [])]
}

function departmentRows(department: Department, members: readonly TerminalRow[], open: boolean): RosterRow[] {
  const { id, name } = department
  const head: DepartmentRow = { kind: 'department', id, name, count: counted(members), open }
  return open ? [head, ...members] : [head]
}

/** Every registered terminal, and every guest that is on air, in the order of their numbers. */
export function terminalRows(roster: Roster, filter: RosterFilter = everything): TerminalRow[] {
  const departments = new Map(roster.departments.map((one) => [one.id, one]))
  const registered = new Map(roster.terminals.map((one) => [one.id, one]))
  const sources = new Map<string, Terminal | LiveStream>(registered)
  for (const stream of roster.streams) {
    if (stream.state !== 'ended' && !sources.has(stream.source)) sources.set(stream.source, stream)
  }
  const rows: TerminalRow[] = []
  for (const [id, { departmentId, title }] of sources) {
    const terminal = registered.get(id) ?? null
    const stream = streamOf(roster, id)
    const presence = presenceOf(terminal, stream)
    const departmentName = departments.get(departmentId)?.name ?? { zh: '', en: '' }
    if (filter.onlyLive && presence !== 'live' && presence !== 'lost') continue
    if (!matches(filter.text, [id, title.zh, title.en, departmentName.zh, departmentName.en])) continue
    const lastSeenMs = terminal?.lastSeenMs ?? null
    rows.push({ kind: 'terminal', id, title, departmentId, departmentName, presence, stream, lastSeenMs })
  }
  return rows.sort((a, b) => a.id.localeCompare(b.id, 'zh-CN', { numeric: true }))
}

function matches(text: string, fields: readonly string[]): boolean {
  const words = text.trim().toLowerCase().split(/\s+/).filter(Boolean)
  return words.every((word) => fields.some((field) => field.toLowerCase().includes(word)))
}

function counted(rows: readonly TerminalRow[]): Count {
  const of = (presence: Presence) => rows.filter((row) => row.presence === presence).length
  return { live: of('live'), lost: of('lost'), online: of('online'), all: rows.length }
}

function added(a: Count, b: Count): Count {
  return { live: a.live + b.live, lost: a.lost + b.lost, online: a.online + b.online, all: a.all + b.all }
}

export function totals(roster: Roster): Count {
  return counted(terminalRows(roster))
}

/** Every source that is on air or was just lost, in the order of the list: what the wall shows by itself. */
export function sourcesOnAir(roster: Roster): string[] {
  const rows = rosterRows(roster, { ...everything, onlyLive: true })
  return rows.flatMap((row) => (row.kind === 'terminal' ? [row.id] : []))
}
