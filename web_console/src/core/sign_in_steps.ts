// What a sign-in asks for next, as a table; the server says which of them is missing.

export type SignInStage = 'password' | 'second_factor' | 'new_password' | 'enrolment' | 'codes' | 'signed_in'
export type SignInAnswer = 'second_factor' | 'new_password' | 'enrolment' | 'signed_in' | 'late' | 'codes_kept'

export const signInLife: Readonly<Record<SignInStage, Partial<Record<SignInAnswer, SignInStage>>>> = {
  password: { second_factor: 'second_factor', new_password: 'new_password', enrolment: 'enrolment', signed_in: 'signed_in' },
  second_factor: { second_factor: 'second_factor', new_password: 'new_password', enrolment: 'enrolment', signed_in: 'signed_in', late: 'password' },
  new_password: { enrolment: 'enrolment', second_factor: 'second_factor', signed_in: 'signed_in', late: 'password' },
  // Who has just enrolled is given recovery codes, and goes on when they are kept.
  enrolment: { signed_in: 'codes', late: 'password' },
  codes: { codes_kept: 'signed_in' },
  signed_in: {},
}

/** An answer that this stage does not expect begins anew. */
export function nextStage(stage: SignInStage, answer: SignInAnswer): SignInStage {
  return signInLife[stage][answer] ?? 'password'
}

/** The one-time code in a link, or the words themselves. */
export function codeIn(words: string): string {
  return /[#?&]code=([^&\s]+)/.exec(words)?.[1] ?? words.trim()
}

/** A secret in groups of four, to be typed by hand. */
export function inFours(secret: string): string {
  return secret.replace(/(.{4})(?=.)/g, '$1 ')
}
