// What the pages of administration count on: trees, certificates, roles, sign-in steps, terminals, county time.
import { describe, expect, it } from 'vitest'
import { countyClock, countyDay, countyInput, msOfCountyInput } from './county_time'
import { countOf, doingsOf, found, grouped, offsetText, slotted, type Device, type Health } from './devices'
import { certificateGrade, freeCode, isWithin, pathsAbove, unitRows, type Unit } from './organisation'
import { browserText, goTogether, passwordBreaks, withRole } from './people'
import { barOf, homeFor, placesFor } from './places'
import { modulesPath } from './qr'
import { codeIn, inFours, nextStage } from './sign_in_steps'

function unit(path: string, closedMs: number | null = null): Unit {
  const parts = path.split('/')
  return { path, code: parts.at(-1)!, parent: path === '' ? null : parts.slice(0, -1).join('/'), name: { zh: path, en: path }, kind: path === '' ? 'county' : 'township', closedMs, movedTo: '', version: 1 }
}

describe('the tree of departments', () => {
  const units = [unit('14'), unit('13/02', 5), unit(''), unit('13'), unit('13/01'), unit('13/01/01')]

  it('lists what stands below after what stands above, without the closed and the folded', () => {
    expect(unitRows(units, new Set(), false).map((row) => row.path)).toEqual(['', '13', '13/01', '13/01/01', '14'])
    expect(unitRows(units, new Set(['13']), true).map((row) => [row.path, row.hasBelow])).toEqual([['', true], ['13', true], ['14', false]])
    expect(unitRows(units, new Set(['13/01']), true).map((row) => row.path)).toEqual(['', '13', '13/01', '13/02', '14'])
  })

  it('knows what is above and within', () => {
    expect(pathsAbove('13/02')).toEqual(['', '13'])
    expect([isWithin('13/02', '13'), isWithin('13', '13'), isWithin('13', ''), isWithin('131', '13')]).toEqual([true, true, true, false])
  })

  it('never gives a closed code again', () => {
    expect(freeCode(units, '13')).toBe('03')
    expect(freeCode(units, '14')).toBe('01')
    expect(freeCode(Array.from({ length: 99 }, (_, at) => unit(`13/${String(at + 1).padStart(2, '0')}`)), '13')).toBeNull()
  })
})

it('warns of certificates that end', () => {
  const grade = (daysLeft: number, mayNotAct: 'certificate_withdrawn' | null = null) => certificateGrade({ daysLeft, mayNotAct })
  expect([grade(400), grade(90), grade(30), grade(0), grade(-1), grade(400, 'certificate_withdrawn')]).toEqual(['good', 'near', 'soon', 'soon', 'not', 'not'])
})

describe('roles', () => {
  it('keeps an administrator apart from everything else', () => {
    expect(goTogether(['operator', 'expert'])).toBe(true)
    expect(goTogether(['audit_admin'])).toBe(true)
    expect(goTogether(['audit_admin', 'operator'])).toBe(false)
    expect(withRole(['operator', 'expert'], 'system_admin')).toEqual(['system_admin'])
    expect(withRole(['system_admin'], 'operator')).toEqual(['operator'])
    expect(withRole(['operator', 'expert'], 'expert')).toEqual(['operator'])
  })

  it('shows each the place they came for', () => {
    const actions = new Set(['org.read', 'person.list', 'ledger.search'])
    expect(homeFor(actions, ['audit_admin'])).toBe('/ledger')
    expect(homeFor(actions, ['operator', 'expert'])).toBe('/organisation')
    expect(homeFor(new Set(), ['officer'])).toBe('/account')
    expect(placesFor(actions).map((place) => place.path)).toEqual(['/organisation', '/people', '/ledger'])
  })
})

it('says which rules a password breaks', () => {
  expect(passwordBreaks('short', [])).toEqual(['length', 'kinds'])
  expect(passwordBreaks('Xuanhua-Street-42', ['lin'])).toEqual([])
  expect(passwordBreaks('Zhaolin-Street-42', ['zhaolin'])).toEqual(['about'])
  expect(passwordBreaks('官厅水库-Lake-1955-ab', [])).toEqual([])
})

it('reads what a browser says of itself', () => {
  expect(browserText('Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36')).toBe('Chrome 131 · Windows')
  expect(browserText('Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0')).toContain('Edge 131')
  expect(browserText('something')).toBe('something')
})

it('goes through a sign-in step by step, and begins anew when it took too long', () => {
  expect(nextStage('password', 'new_password')).toBe('new_password')
  expect(nextStage('new_password', 'enrolment')).toBe('enrolment')
  expect(nextStage('enrolment', 'signed_in')).toBe('codes')
  expect(nextStage('codes', 'codes_kept')).toBe('signed_in')
  expect(nextStage('enrolment', 'late')).toBe('password')
  expect(nextStage('codes', 'enrolment')).toBe('password')
  expect(codeIn('https://a.example/sign-in#code=abc')).toBe('abc')
  expect(codeIn(' abc ')).toBe('abc')
  expect(inFours('ABCDEFGHI')).toBe('ABCD EFGH I')
})

function health(ms: number, battery: number | null): Health {
  return { ms, battery, charging: false, storageFree: null, storageTotal: null, signalDbm: null, signalBars: null, network: '', temperature: null, version: '', clockOffsetMs: null, clockErrorMs: null, position: null, troubles: battery !== null && battery < 15 ? ['battery_low'] : [] }
}

function device(number: string, department: string, state: Device['state'], battery: number | null = 80): Device {
  return { number, title: { zh: `终端${number}`, en: number }, department, departmentName: `部门${department}`, state, sinceMs: 0, seenMs: 0, reason: '', model: '', serial: '', system: '', version: '', keySinceMs: null, keyThumbprint: '', health: health(0, battery), shifts: [] }
}

describe('the terminals of the register', () => {
  const devices = [device('T1401', '14', 'online'), device('T1302', '13/01', 'online', 9), device('T1301', '13', 'lost'), device('T0201', '02', 'retired')]
  const all = { words: '', department: '', state: '', troubled: false } as const

  it('finds them by words, department, state and trouble; the retired only when asked for', () => {
    expect(found(devices, all).map((one) => one.number)).toEqual(['T1401', 'T1302', 'T1301'])
    expect(found(devices, { ...all, state: 'retired' }).map((one) => one.number)).toEqual(['T0201'])
    expect(found(devices, { ...all, department: '13' }).map((one) => one.number)).toEqual(['T1302', 'T1301'])
    expect(found(devices, { ...all, troubled: true }).map((one) => one.number)).toEqual(['T1302'])
    expect(found(devices, { ...all, words: ' t14' }).map((one) => one.number)).toEqual(['T1401'])
  })

  it('groups and counts them', () => {
    expect(grouped(devices).map((group) => [group.department, group.devices.length])).toEqual([['02', 1], ['13', 1], ['13/01', 1], ['14', 1]])
    expect(countOf(devices)).toEqual({ online: 2, troubled: 1, all: 3 })
  })

  it('offers nothing for what is out of the register', () => {
    expect(Object.values(doingsOf('retired'))).toEqual([false, false, false, false, false])
    expect(doingsOf('registered')).toMatchObject({ enrol: true, revoke: false, issue: false })
  })

  it('draws a history with its holes', () => {
    const rows = [health(95, 5), health(91, 6), health(30, null), health(5, 80), health(101, 1)]
    expect(slotted(rows, (row) => row.battery, 0, 100, 10)).toEqual([80, null, null, null, null, null, null, null, null, 5])
  })

  it('tells how far a clock is off', () => {
    expect([offsetText(-35), offsetText(1_200), offsetText(600_000)]).toEqual(['−35 ms', '+1.2 s', '+10 min'])
  })
})

it('keeps the county’s time wherever the browser stands', () => {
  const ms = Date.UTC(2026, 2, 31, 16, 0, 5)
  expect([countyDay(ms), countyClock(ms), countyInput(ms)]).toEqual(['2026-04-01', '00:00:05', '2026-04-01T00:00'])
  expect(msOfCountyInput('2026-04-01T00:00')).toBe(Date.UTC(2026, 2, 31, 16))
  expect(msOfCountyInput('tomorrow')).toBeNull()
})

it('draws runs of modules', () => {
  expect(modulesPath([[true, true, false], [false, false, true]])).toBe('M4 4h2v1h-2zM6 5h1v1h-1z')
})

it('folds what manages when there is no room for all', () => {
  const all = placesFor(new Set(['stream.list', 'enforcement.list', 'case.list', 'recording.search', 'stream.publish', 'device.list', 'org.read']))
  expect(barOf(all.slice(0, 6)).folded).toEqual([])
  expect(barOf(all).shown.map((place) => place.path)).toEqual(['/wall', '/enforcements', '/cases', '/recordings'])
  expect(barOf(all).folded.map((place) => place.path)).toEqual(['/publish', '/terminals', '/organisation'])
})
