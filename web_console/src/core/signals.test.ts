// The console's line against a server that keeps what did not arrive, over connections that break.
import { describe, expect, it } from 'vitest'
import { SignalLine, signalPatience, signalPlan, type SignalState, type SocketEvents } from './signals'

interface Spoken {
  readonly type: string
  readonly id?: string
  readonly body: Record<string, unknown>
}

function world() {
  let timers: { at: number; run: () => void }[] = []
  let now = 0
  let ids = 0
  const said: Spoken[] = []
  const heard: string[] = []
  const states: SignalState[] = []
  const ends: string[] = []
  const sockets: (SocketEvents & { shut: boolean })[] = []
  let anew = 0
  const line = new SignalLine({
    connect: (events) => {
      const socket = { ...events, shut: false }
      sockets.push(socket)
      return {
        send: (text) => void (socket.shut || said.push(JSON.parse(text) as Spoken)),
        close: () => void (socket.shut = true),
      }
    },
    timers: {
      after: (ms, run) => {
        const timer = { at: now + ms, run }
        timers.push(timer)
        return () => void (timers = timers.filter((one) => one !== timer))
      },
      chance: () => 1,
    },
    newId: () => `m-${++ids}`,
    message: (type, body) => void heard.push(`${type} ${JSON.stringify(body)}`),
    readAnew: () => void anew++,
    ended: (code) => void ends.push(code),
    changed: (state) => void states.push(state),
  })
  const socket = () => {
    const last = sockets.at(-1)
    if (!last) throw new Error('nothing was opened')
    return last
  }
  const tell = (type: string, body: object = {}, more: object = {}) => socket().heard(JSON.stringify({ type, body, ...more }))
  const pass = (ms: number) => {
    const end = now + ms
    for (;;) {
      const next = timers.filter((one) => one.at <= end).sort((a, b) => a.at - b.at)[0]
      if (!next) break
      timers = timers.filter((one) => one !== next)
      now = next.at
      next.run()
    }
    now = end
  }
  const greet = (resumed = false, name = 'line-1') => {
    socket().opened()
    tell('welcome', { line: name, resumed })
  }
  return { line, said, heard, states, ends, sockets, socket, tell, pass, greet, anew: () => anew, last: () => said.at(-1) }
}

describe('a line', () => {
  it('greets, is open, and has the page read what it shows', () => {
    const { line, said, states, greet, anew } = world()
    line.subscribe(['streams'])
    line.start()
    greet()
    expect(said).toEqual([{ type: 'hello', body: { topics: ['streams'] } }])
    expect([states, anew()]).toEqual([['connecting', 'open'], 1])
  })

  it('goes on after what arrived, and does not read anew then', () => {
    const { line, last, tell, socket, pass, greet, anew, heard, sockets } = world()
    line.start()
    greet()
    tell('told', { n: 1 }, { seq: 1 })
    tell('told', { n: 4 }, { seq: 4 })
    socket().closed(1006)
    expect(line.state).toBe('away')
    pass(signalPlan.firstMs)
    expect(sockets.length).toBe(2)
    greet(true)
    expect(last()).toEqual({ type: 'hello', body: { topics: [], resume: { line: 'line-1', seq: 4 } } })
    tell('told', { n: 4 }, { seq: 4 })
    tell('told', { n: 5 }, { seq: 5 })
    expect(heard).toEqual(['told {"n":1}', 'told {"n":4}', 'told {"n":5}'])
    expect(anew()).toBe(1)
  })

  it('reads anew when the server could not keep everything', () => {
    const { line, tell, greet, anew, heard } = world()
    line.start()
    greet()
    tell('resync', { seq: 9 })
    tell('told', {}, { seq: 9 })
    tell('told', {}, { seq: 10 })
    expect([anew(), heard.length]).toEqual([2, 1])
  })

  it('acknowledges a little later, or when much came', () => {
    const { line, said, tell, greet, pass } = world()
    const acks = () => said.filter((one) => one.type === 'ack').map((one) => one.body['seq'])
    line.start()
    greet()
    tell('told', {}, { seq: 1 })
    tell('told', {}, { seq: 2 })
    expect(acks()).toEqual([])
    pass(signalPatience.ackMs)
    expect(acks()).toEqual([2])
    for (let seq = 3; seq <= 18; seq++) tell('told', {}, { seq })
    expect(acks()).toEqual([2, 18])
  })

  it('says again what was not answered, and nothing else', () => {
    const { line, said, tell, greet, socket, pass } = world()
    line.start()
    greet()
    line.send('help', { n: 1 })
    line.send('help', { n: 2 })
    tell('done', {}, { seq: 1, reply_to: 'm-1' })
    socket().closed(1006)
    line.send('help', { n: 3 })
    said.length = 0
    pass(signalPlan.firstMs)
    greet(true)
    expect(said.filter((one) => one.type === 'help').map((one) => one.id)).toEqual(['m-2', 'm-3'])
  })

  it('asks when it hears nothing, and takes silence for absence', () => {
    const { line, last, tell, greet, pass } = world()
    line.start()
    greet()
    pass(signalPatience.pingMs)
    expect(last()?.type).toBe('ping')
    tell('pong')
    pass(signalPatience.pingMs + signalPatience.answerMs - 1)
    expect(line.state).toBe('open')
    pass(1)
    expect(line.state).toBe('away')
  })

  it('gives up a connection that is never greeted, and waits longer each time', () => {
    const { line, sockets, pass } = world()
    line.start()
    const opened: number[] = []
    for (let second = 0; second < 120; second++) {
      opened.push(sockets.length)
      pass(1000)
    }
    expect(sockets.length).toBeGreaterThan(5)
    expect(sockets.length).toBeLessThan(12)
    expect(sockets.slice(0, -1).every((socket) => socket.shut)).toBe(true)
  })

  it('ends with the sign-in and does not knock again', () => {
    const { line, ends, tell, socket, greet, pass, sockets } = world()
    line.start()
    greet()
    tell('bye', { code: 'session_ended', again: false })
    socket().closed(4401)
    pass(600_000)
    expect([line.state, ends, sockets.length]).toEqual(['off', ['session_ended'], 1])
    line.start()
    expect(sockets.length).toBe(2)
  })

  it('comes back to a server that went away with a word', () => {
    const { line, tell, socket, greet, pass, sockets } = world()
    line.start()
    greet()
    tell('bye', { code: 'going_away', again: true })
    socket().closed(1001)
    pass(signalPlan.firstMs)
    expect(sockets.length).toBe(2)
  })

  it('does not wait when it is nudged, and not at all when it is stopped', () => {
    const { line, socket, greet, pass, sockets } = world()
    line.start()
    greet()
    socket().closed(1006)
    line.nudge()
    expect(sockets.length).toBe(2)
    line.stop()
    pass(600_000)
    expect([line.state, sockets.length]).toEqual(['off', 2])
  })

  it('hears nothing of a connection that it has left', () => {
    const { line, greet, sockets, pass, heard, socket } = world()
    line.start()
    greet()
    socket().closed(1006)
    pass(signalPlan.firstMs)
    greet(true)
    sockets[0]?.heard(JSON.stringify({ type: 'told', seq: 9, body: {} }))
    sockets[0]?.closed(4401)
    expect([line.state, heard]).toEqual(['open', []])
  })

  it('passes over what is no message', () => {
    const { line, greet, socket, heard } = world()
    line.start()
    greet()
    for (const text of ['', '[]', '{}', '{"type":5}', 'null']) socket().heard(text)
    expect([line.state, heard]).toEqual(['open', []])
  })
})

describe('any interleaving of messages, losses and resumptions', () => {
  /** A server with an outbox as ours has one: it keeps what is not acknowledged and sends it again. */
  function play(seed: number, forgetful: boolean): number[] {
    let state = seed * 2_654_435_761 + 1
    const chance = (below: number) => {
      state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 3_266_489_917) >>> 0
      return state % below
    }
    const { line, said, heard, tell, socket, pass } = world()
    const kept: { seq: number; n: number }[] = []
    let sent = 0
    let count = 0
    const write = () => {
      const next = kept.find((one) => one.seq > sent)
      if (!next || line.state !== 'open') return
      sent = next.seq
      tell('told', { n: next.n }, { seq: next.seq })
    }
    const open = () => {
      if (line.state !== 'connecting') return
      socket().opened()
      const resume = said.at(-1)?.body['resume'] as { seq: number } | undefined
      sent = resume ? resume.seq + (forgetful ? 1 : 0) : 0
      while (kept[0] && kept[0].seq <= (resume?.seq ?? 0)) kept.shift()
      tell('welcome', { line: 'line-1', resumed: resume !== undefined })
    }
    const lose = () => {
      if (chance(4) === 0 && line.state === 'open') socket().closed(1006)
    }
    const steps = [() => void kept.push({ seq: ++count, n: count }), write, write, open, () => pass(700), lose]
    line.start()
    for (let step = 0; step < 280; step++) steps[chance(steps.length)]?.()
    for (let step = 0; step < 20; step++) {
      pass(signalPlan.limitMs)
      open()
      kept.forEach(write)
    }
    const numbers = heard.map((one) => (JSON.parse(one.slice(5)) as { n: number }).n)
    return numbers.length === count && numbers.every((n, at) => n === at + 1) ? [] : numbers
  }

  it('delivers each once and in order', () => {
    for (let seed = 1; seed <= 200; seed++) expect(play(seed, false)).toEqual([])
  })

  it('is seen to fail with a server that sends one too few again', () => {
    expect([...Array(20).keys()].some((seed) => play(seed + 1, true).length > 0)).toBe(true)
  })
})
