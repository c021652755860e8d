// The life of one media session, as a table.

export type SessionState = 'idle' | 'opening' | 'connecting' | 'connected' | 'interrupted' | 'waiting' | 'refused' | 'ended'
export type SessionEvent = 'start' | 'answered' | 'connected' | 'interrupted' | 'failed' | 'retry' | 'refused' | 'stop'

export const sessionLife: Readonly<Record<SessionState, Partial<Record<SessionEvent, SessionState>>>> = {
  idle: { start: 'opening', stop: 'ended' },
  opening: { answered: 'connecting', failed: 'waiting', refused: 'refused', stop: 'ended' },
  connecting: { connected: 'connected', failed: 'waiting', refused: 'refused', stop: 'ended' },
  connected: { interrupted: 'interrupted', failed: 'waiting', stop: 'ended' },
  interrupted: { connected: 'connected', failed: 'waiting', stop: 'ended' },
  waiting: { retry: 'opening', failed: 'waiting', stop: 'ended' },
  refused: { stop: 'ended' },
  ended: {},
}

export function nextState(state: SessionState, event: SessionEvent): SessionState | null {
  return sessionLife[state][event] ?? null
}
