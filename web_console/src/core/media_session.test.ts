// A media session against a peer and a server that do as they are told.
import { describe, expect, it } from 'vitest'
import { MediaSession, Refusal, patience, type Connectivity, type Opened } from './media_session'
import { sessionLife, type SessionState } from './session_life'

const offerSdp = [
  'v=0', 'a=ice-options:trickle', 'm=video 9 UDP/TLS/RTP/SAVPF 96', 'a=mid:0', 'a=ice-ufrag:cli', 'a=ice-pwd:clientpassword',
  'a=candidate:1 1 udp 1 10.0.0.2 5000 typ host',
].join('\r\n')
const answerSdp = ['v=0', 'm=video 9 UDP/TLS/RTP/SAVPF 96', 'a=ice-ufrag:old', 'a=ice-pwd:oldpassword'].join('\r\n')

function world() {
  const log: string[] = []
  const states: SessionState[] = []
  let timers: { at: number; run: () => void }[] = []
  let now = 0
  let hear: (state: Connectivity) => void = () => {}
  const server: { refusal: Refusal | null; restartRefusal: Refusal | null; hold: Promise<void> | null } = {
    refusal: null, restartRefusal: null, hold: null,
  }
  let sessions = 0
  const session = new MediaSession({
    peer: (onConnectivity) => {
      hear = onConnectivity
      return {
        offer: async (restart) => (log.push(restart ? 'restart-offer' : 'offer'), offerSdp),
        accept: async (answer) => void log.push(answer.includes('a=ice-ufrag:new') ? 'accept-new' : 'accept'),
        close: () => void log.push('peer-closed'),
      }
    },
    signalling: {
      open: async (): Promise<Opened> => {
        log.push('post')
        await server.hold
        if (server.refusal) throw server.refusal
        return { answer: answerSdp, session: `/s/${++sessions}`, token: 't' }
      },
      restart: async () => {
        log.push('patch')
        if (server.restartRefusal) throw server.restartRefusal
        return 'a=ice-ufrag:new\r\na=ice-pwd:newpassword\r\n'
      },
      close: async (opened, final) => void log.push(`${final ? 'delete' : 'leave'} ${opened.session}`),
    },
    timers: {
      after: (ms, run) => {
        const timer = { at: now + ms, run }
        timers.push(timer)
        return () => void (timers = timers.filter((one) => one !== timer))
      },
      chance: () => 1,
    },
    changed: (state) => void states.push(state),
  })
  const settle = async () => {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve()
  }
  const pass = async (ms: number) => {
    now += ms
    for (const timer of timers.filter((one) => one.at <= now)) {
      timers = timers.filter((one) => one !== timer)
      timer.run()
    }
    await settle()
  }
  return { session, log, states, server, hear: (state: Connectivity) => hear(state), pass, settle }
}

describe('the life of a session', () => {
  it('offers, is answered and connects', async () => {
    const { session, log, states, hear, settle } = world()
    session.start()
    await settle()
    hear('connected')
    expect(log).toEqual(['offer', 'post', 'accept'])
    expect(states).toEqual(['opening', 'connecting', 'connected'])
  })

  it('says goodbye to the server when it stops', async () => {
    const { session, log, hear, settle } = world()
    session.start()
    await settle()
    hear('connected')
    session.stop()
    await settle()
    expect(log.slice(3)).toEqual(['delete /s/1', 'peer-closed'])
    expect(session.state).toBe('ended')
  })

  it('closes a session whose answer comes after it was stopped', async () => {
    const { session, log, server, settle } = world()
    let release = () => {}
    server.hold = new Promise((resolve) => (release = resolve))
    session.start()
    await settle()
    session.stop()
    release()
    await settle()
    expect(log).toEqual(['offer', 'post', 'peer-closed', 'delete /s/1'])
  })
})

describe('a loss', () => {
  it('heals by itself within the patience', async () => {
    const { session, log, hear, pass, settle } = world()
    session.start()
    await settle()
    hear('connected')
    hear('disconnected')
    expect(session.state).toBe('interrupted')
    hear('connected')
    await pass(patience.healMs + 1)
    expect(session.state).toBe('connected')
    expect(log).not.toContain('patch')
  })

  it('is answered by an ICE restart first', async () => {
    const { session, log, hear, pass, settle } = world()
    session.start()
    await settle()
    hear('connected')
    hear('disconnected')
    await pass(patience.healMs + 1)
    expect(log.slice(3)).toEqual(['restart-offer', 'patch', 'accept-new'])
    hear('connected')
    expect(session.state).toBe('connected')
  })

  it('opens a new session when the restart is refused', async () => {
    const { session, log, hear, pass, server, settle } = world()
    session.start()
    await settle()
    hear('connected')
    server.restartRefusal = new Refusal(404, 'session_unknown', 'gone')
    hear('failed')
    await pass(0)
    expect(session.state).toBe('waiting')
    await pass(1_000)
    expect(log.filter((entry) => entry === 'post')).toHaveLength(2)
    expect(log).toContain('leave /s/1')
  })

  it('opens a new session when the restart brings nothing', async () => {
    const { session, hear, pass, settle } = world()
    session.start()
    await settle()
    hear('connected')
    hear('failed')
    await pass(0)
    await pass(patience.restartMs + 1)
    expect(session.state).toBe('waiting')
  })

  it('looks for a new path when it is nudged', async () => {
    const { session, log, hear, pass, settle } = world()
    session.start()
    await settle()
    hear('connected')
    session.nudge()
    await pass(0)
    expect(log).toContain('patch')
  })
})

describe('a refusal', () => {
  it('is final when the same offer would be refused again', async () => {
    const { session, states, server, pass, settle } = world()
    server.refusal = new Refusal(406, 'codec_unacceptable', 'H.264 only')
    session.start()
    await settle()
    await pass(60_000)
    expect(states).toEqual(['opening', 'refused'])
  })

  it('is asked again later when the stream is not live yet, with growing pauses', async () => {
    const { session, log, server, pass, settle } = world()
    server.refusal = new Refusal(409, 'stream_not_live', 'not yet')
    session.start()
    await settle()
    await pass(400)
    expect(log.filter((entry) => entry === 'post')).toHaveLength(2)
    await pass(400)
    expect(log.filter((entry) => entry === 'post')).toHaveLength(2)
    await pass(400)
    expect(log.filter((entry) => entry === 'post')).toHaveLength(3)
  })

  it('does not wait when it is told to hurry, and hurrying changes nothing else', async () => {
    const { session, log, server, hear, settle } = world()
    server.refusal = new Refusal(409, 'stream_not_live', 'not yet', 5_000)
    session.start()
    await settle()
    server.refusal = null
    session.hurry()
    await settle()
    hear('connected')
    session.hurry()
    await settle()
    expect(session.state).toBe('connected')
    expect(log.filter((entry) => entry === 'post')).toHaveLength(2)
    expect(log).not.toContain('patch')
  })

  it('waits as long as the server asks', async () => {
    const { session, log, server, pass, settle } = world()
    server.refusal = new Refusal(503, 'overloaded', 'later', 5_000)
    session.start()
    await settle()
    await pass(4_900)
    expect(log.filter((entry) => entry === 'post')).toHaveLength(1)
    await pass(200)
    expect(log.filter((entry) => entry === 'post')).toHaveLength(2)
  })

  it('gives a connection that never comes up another try', async () => {
    const { session, log, pass, settle } = world()
    session.start()
    await settle()
    await pass(patience.connectMs + 1)
    expect(session.state).toBe('waiting')
    expect(log).toContain('leave /s/1')
  })
})

describe('the table', () => {
  it('reaches every state, and every state but the end has a way out', () => {
    const reached = new Set<string>(['idle'])
    for (const moves of Object.values(sessionLife)) for (const to of Object.values(moves)) reached.add(to)
    expect([...reached].sort()).toEqual(Object.keys(sessionLife).sort())
    for (const [state, moves] of Object.entries(sessionLife)) {
      expect(Object.keys(moves).length > 0).toBe(state !== 'ended')
    }
  })
})
