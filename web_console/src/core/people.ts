// People, their roles, their rights: what the console knows before it asks the server.
import type { UtcMs } from './model'

export type RoleName = 'system_admin' | 'security_admin' | 'audit_admin' | 'operator' | 'expert' | 'reviewer' | 'officer'
export const administrators: readonly RoleName[] = ['system_admin', 'security_admin', 'audit_admin']
export const workers: readonly RoleName[] = ['operator', 'expert', 'reviewer', 'officer']

export interface Account {
  readonly id: string
  readonly account: string
  readonly name: string
  readonly department: string
  readonly roles: readonly RoleName[]
  readonly disabled: boolean
  readonly mustChange: boolean
  readonly secondFactor: boolean
  readonly createdMs: UtcMs
  readonly usedMs: UtcMs
  readonly version: number
}

export interface SignInPlace {
  readonly id: string
  readonly isCurrent: boolean
  readonly begunMs: UtcMs
  readonly seenMs: UtcMs
  readonly address: string
  readonly device: string
}

export interface PermitGiven {
  readonly id: string
  readonly personId: string
  readonly personName: string
  readonly action: string
  readonly department: string
  readonly untilMs: UtcMs
  readonly grantedBy: string
  readonly grantedMs: UtcMs
}

export type RecoveryState = 'asked' | 'confirmed' | 'withdrawn' | 'expired'

export interface Recovery {
  readonly id: string
  readonly personId: string
  readonly personName: string
  readonly reason: string
  readonly askedBy: string
  readonly askedMs: UtcMs
  readonly state: RecoveryState
  readonly endedBy: string
  readonly endedMs: UtcMs
}

/** What everybody may do of themselves needs no permit. */
export function isWorthAPermit(action: string): boolean {
  return !/^(me|session|clock|signals|media_token)\./.test(action)
}

/** Of the three administrators one, and then nothing else: the server holds the same rule. */
export function goTogether(roles: readonly RoleName[]): boolean {
  return roles.length <= 1 || !roles.some((role) => administrators.includes(role))
}

/** Choosing an administrator's role leaves the others, choosing another one leaves the administrator's. */
export function withRole(roles: readonly RoleName[], role: RoleName): RoleName[] {
  if (roles.includes(role)) return roles.filter((one) => one !== role)
  if (administrators.includes(role)) return [role]
  return [...roles.filter((one) => !administrators.includes(one)), role]
}

export const passwordLength = { least: 12, most: 128 }

export type PasswordRule = 'length' | 'kinds' | 'about'

/** Which rules a new password breaks already while it is typed; the server knows more of them. */
export function passwordBreaks(password: string, about: readonly string[]): PasswordRule[] {
  const kinds = [/\p{Ll}/u, /\p{Lu}/u, /\p{Nd}/u, /[^\p{L}\p{Nd}]/u].filter((kind) => kind.test(password)).length
  const lower = password.toLowerCase()
  const length = [...password].length
  return [
    ...(length < passwordLength.least || length > passwordLength.most ? (['length'] as const) : []),
    ...(kinds < 3 ? (['kinds'] as const) : []),
    ...(about.some((word) => word.length >= 3 && lower.includes(word.toLowerCase())) ? (['about'] as const) : []),
  ]
}

/** `Chrome 131 · Windows` of what a browser says of itself; the whole when nothing is known in it. */
export function browserText(agent: string): string {
  const browser = ['Edg', 'OPR', 'Firefox', 'Chrome', 'Safari', 'curl'].map((name) => new RegExp(`(${name})/(\\d+)`).exec(agent)).find((found) => found !== null)
  const system = /(Windows|Android|iPhone|iPad|Mac OS X|HarmonyOS|Linux)/.exec(agent)
  const names: Record<string, string> = { Edg: 'Edge', OPR: 'Opera', 'Mac OS X': 'macOS' }
  const known = [browser?.[1] && `${names[browser[1]] ?? browser[1]} ${browser[2]}`, system?.[1] && (names[system[1]] ?? system[1])].filter(Boolean)
  return known.length > 0 ? known.join(' · ') : agent
}
