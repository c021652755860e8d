// The register of terminals: who they are, how they are, who carries them, and the codes that let them in.
import type { Device, Health, OneTimeCode, Shift } from '@/core/devices'
import { body, msOf, msOrNull, server, usOf, type Wire } from './client'

const at = (number: string) => ({ params: { path: { number } } })

export async function fetchDevices(): Promise<Device[]> {
  return (await body(server.GET('/api/v1/devices'))).devices.map(deviceOf)
}

export async function registerDevice(department: string, name: string, nameEn: string): Promise<Device> {
  return deviceOf(await body(server.POST('/api/v1/devices', { body: { department, name, name_en: nameEn } })))
}

export async function changeDevice(number: string, change: { name: string; name_en: string; department: string }): Promise<Device> {
  return deviceOf(await body(server.PATCH('/api/v1/devices/{number}', { ...at(number), body: change })))
}

export async function issueEnrolmentCode(number: string): Promise<OneTimeCode> {
  return codeOf(await body(server.POST('/api/v1/devices/{number}/enrolment-code', at(number))))
}

export async function revokeDevice(number: string, reason: string): Promise<Device> {
  return deviceOf(await body(server.POST('/api/v1/devices/{number}/revoke', { ...at(number), body: { reason } })))
}

export async function retireDevice(number: string, reason: string): Promise<Device> {
  return deviceOf(await body(server.POST('/api/v1/devices/{number}/retire', { ...at(number), body: { reason } })))
}

export async function fetchHealth(number: string, fromMs: number): Promise<Health[]> {
  const answer = await body(server.GET('/api/v1/devices/{number}/health', { params: { path: { number }, query: { from_utc_us: usOf(fromMs) } } }))
  return answer.rows.map(healthOf)
}

export async function fetchShifts(number: string): Promise<Shift[]> {
  return (await body(server.GET('/api/v1/devices/{number}/shifts', at(number)))).shifts.map(shiftOf)
}

export async function issueDevice(number: string, officer: string, endsMs: number | null): Promise<void> {
  await body(server.POST('/api/v1/devices/{number}/shift', { ...at(number), body: { officer, ends_utc_us: endsMs === null ? null : usOf(endsMs) } }))
}

export async function issueShiftCode(number: string, officer: string, endsMs: number | null): Promise<OneTimeCode> {
  return codeOf(await body(server.POST('/api/v1/devices/{number}/shift-code', { ...at(number), body: { officer, ends_utc_us: endsMs === null ? null : usOf(endsMs) } })))
}

export async function returnDevice(number: string, officer: string | null): Promise<void> {
  await body(server.POST('/api/v1/devices/{number}/shift/return', { ...at(number), body: { officer } }))
}

export async function setPin(officer: string, pin: string): Promise<void> {
  await body(server.PUT('/api/v1/devices/officers/{officer}/pin', { params: { path: { officer } }, body: { pin } }))
}

function codeOf(issued: Wire['OneTimeCodeIssued']): OneTimeCode {
  return { code: issued.code, uri: issued.uri, expiresMs: msOf(issued.expires_utc_us), tries: issued.tries }
}

function shiftOf(entry: Wire['ShiftEntry']): Shift {
  return {
    officer: entry.officer,
    officerName: entry.officer_name,
    begunMs: msOf(entry.begun_utc_us),
    endsMs: msOf(entry.ends_utc_us),
    how: entry.how,
    endedMs: msOrNull(entry.ended_utc_us),
  }
}

function healthOf(entry: Wire['DeviceHealth']): Health {
  const fix = entry.position
  return {
    ms: msOf(entry.utc_us),
    battery: entry.battery_percent,
    charging: entry.charging ?? false,
    storageFree: entry.storage_free_bytes,
    storageTotal: entry.storage_total_bytes,
    signalDbm: entry.signal_dbm,
    signalBars: entry.signal_bars,
    network: entry.network ?? '',
    temperature: entry.temperature_c,
    version: entry.version ?? '',
    clockOffsetMs: entry.clock_offset_us === null ? null : entry.clock_offset_us / 1000,
    clockErrorMs: entry.clock_error_us === null ? null : entry.clock_error_us / 1000,
    position: fix && { lat: fix.lat, lon: fix.lon, accuracyM: fix.accuracy_m ?? null, ms: msOf(fix.utc_us ?? entry.utc_us) },
    troubles: entry.troubles,
  }
}

function deviceOf(entry: Wire['DeviceEntry']): Device {
  return {
    number: entry.number,
    title: { zh: entry.name, en: entry.name_en || entry.name },
    department: entry.department,
    departmentName: entry.department_name,
    state: entry.state,
    sinceMs: msOf(entry.since_utc_us),
    seenMs: msOrNull(entry.seen_utc_us),
    reason: entry.reason,
    model: entry.device.model ?? '',
    serial: entry.device.serial ?? '',
    system: entry.device.system ?? '',
    version: entry.device.version ?? '',
    keySinceMs: msOrNull(entry.key_since_utc_us),
    keyThumbprint: entry.key_thumbprint ?? '',
    health: entry.health && healthOf(entry.health),
    shifts: entry.shifts.map(shiftOf),
  }
}
