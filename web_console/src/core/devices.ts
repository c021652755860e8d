// Terminals as the register has them: their lives, their health, who carries them.
import type { Name, UtcMs } from './model'

export type DeviceState = 'registered' | 'enrolled' | 'online' | 'lost' | 'revoked' | 'retired'
export const deviceStates: readonly DeviceState[] = ['online', 'lost', 'enrolled', 'registered', 'revoked', 'retired']
export type Trouble = 'battery_low' | 'storage_low' | 'signal_weak' | 'too_hot' | 'clock_wrong'

export interface Fix {
  readonly lat: number
  readonly lon: number
  readonly accuracyM: number | null
  readonly ms: UtcMs
}

export interface Health {
  readonly ms: UtcMs
  readonly battery: number | null
  readonly charging: boolean
  readonly storageFree: number | null
  readonly storageTotal: number | null
  readonly signalDbm: number | null
  readonly signalBars: number | null
  readonly network: string
  readonly temperature: number | null
  readonly version: string
  /** The device's clock minus the server's. */
  readonly clockOffsetMs: number | null
  readonly clockErrorMs: number | null
  readonly position: Fix | null
  readonly troubles: readonly Trouble[]
}

export interface Shift {
  readonly officer: string
  readonly officerName: string
  readonly begunMs: UtcMs
  readonly endsMs: UtcMs
  readonly how: 'desk' | 'code' | 'pin'
  readonly endedMs: UtcMs | null
}

export interface Device {
  readonly number: string
  readonly title: Name
  readonly department: string
  readonly departmentName: string
  readonly state: DeviceState
  readonly sinceMs: UtcMs
  readonly seenMs: UtcMs | null
  readonly reason: string
  readonly model: string
  readonly serial: string
  readonly system: string
  readonly version: string
  readonly keySinceMs: UtcMs | null
  readonly keyThumbprint: string
  readonly health: Health | null
  readonly shifts: readonly Shift[]
}

export interface OneTimeCode {
  readonly code: string
  readonly uri: string
  readonly expiresMs: UtcMs
  readonly tries: number
}

export interface DeviceFilter {
  readonly words: string
  readonly department: string
  readonly state: DeviceState | ''
  readonly troubled: boolean
}

/** What can be done with a terminal in its state, before anybody's rights are asked. */
export function doingsOf(state: DeviceState): { readonly enrol: boolean; readonly revoke: boolean; readonly retire: boolean; readonly issue: boolean; readonly change: boolean } {
  const there = state === 'enrolled' || state === 'online' || state === 'lost'
  return { enrol: state !== 'retired', revoke: there, retire: state !== 'retired', issue: there, change: state !== 'retired' }
}

export function found(devices: readonly Device[], filter: DeviceFilter): Device[] {
  const words = filter.words.trim().toLowerCase()
  return devices.filter(
    (one) =>
      (filter.state === '' ? one.state !== 'retired' : one.state === filter.state) &&
      (filter.department === '' || one.department === filter.department || one.department.startsWith(`${filter.department}/`)) &&
      (!filter.troubled || (one.health?.troubles.length ?? 0) > 0) &&
      (words === '' ||
        [one.number, one.title.zh, one.title.en, one.departmentName, one.model, ...one.shifts.map((shift) => shift.officerName)].some((text) => text.toLowerCase().includes(words))),
  )
}

export interface DeviceGroup {
  readonly department: string
  readonly name: string
  readonly devices: readonly Device[]
}

/** By the department's path; the numbers in order. */
export function grouped(devices: readonly Device[]): DeviceGroup[] {
  const groups = new Map<string, Device[]>()
  for (const one of devices.toSorted((a, b) => (`${a.department} ${a.number}` < `${b.department} ${b.number}` ? -1 : 1))) {
    groups.set(one.department, [...(groups.get(one.department) ?? []), one])
  }
  return [...groups].map(([department, members]) => ({ department, name: members[0]?.departmentName ?? department, devices: members }))
}

export function countOf(devices: readonly Device[]): { readonly online: number; readonly troubled: number; readonly all: number } {
  const inUse = devices.filter((one) => one.state !== 'retired')
  return {
    online: inUse.filter((one) => one.state === 'online').length,
    troubled: inUse.filter((one) => (one.health?.troubles.length ?? 0) > 0).length,
    all: inUse.length,
  }
}

/** A history as `slots` values from `fromMs` to `toMs`, oldest first: the last one known in each slot, null where none is. */
export function slotted(rows: readonly Health[], pick: (row: Health) => number | null, fromMs: UtcMs, toMs: UtcMs, slots: number): (number | null)[] {
  const values: (number | null)[] = Array.from({ length: slots }, () => null)
  const newest = new Map<number, UtcMs>()
  for (const row of rows) {
    const at = Math.floor(((row.ms - fromMs) / (toMs - fromMs)) * slots)
    const value = pick(row)
    if (at < 0 || at >= slots || value === null || (newest.get(at) ?? -1) > row.ms) continue
    values[at] = value
    newest.set(at, row.ms)
  }
  return values
}

/** `+1.2 s`, `−35 ms`: what a clock is off by. */
export function offsetText(ms: number): string {
  const size = Math.abs(ms)
  const sign = ms < 0 ? '−' : '+'
  if (size < 1_000) return `${sign}${Math.round(size)} ms`
  return size < 120_000 ? `${sign}${(size / 1000).toFixed(1)} s` : `${sign}${Math.round(size / 60_000)} min`
}
