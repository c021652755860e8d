// How long to wait before the next try: doubling, bounded, spread by chance so that forty tiles do not knock at once.

export interface BackoffPlan {
  readonly firstMs: number
  readonly limitMs: number
}

export const reconnectPlan: BackoffPlan = { firstMs: 400, limitMs: 8_000 }

/** `chance` is in [0, 1); the result lies between half and the whole of the doubled step. */
export function backoffMs(attempt: number, chance: number, plan: BackoffPlan = reconnectPlan): number {
  const step = Math.min(plan.limitMs, plan.firstMs * 2 ** Math.min(Math.max(attempt, 0), 20))
  return Math.round(step * (0.5 + chance / 2))
}
