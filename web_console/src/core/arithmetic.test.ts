// The small pure parts: clock, delay, statistics, grid, wall, back-off, codecs, figures.
import { describe, expect, it } from 'vitest'
import { backoffMs } from './backoff'
import { h264First, simulcastPlan } from './whip'
import { estimateDelay, smoothed, utcOfPlayout } from './delay'
import { ageOf, bitrateText, bytesText, clockText, delayText, lossText } from './figures'
import { clampPage, layerFor, layoutIn, pageCount, squareShape, step } from './grid'
import { compareReadings, linkGrade, readLink, type RawStats } from './link_stats'
import { restartFragment, restartedAnswer } from './sdp'
import { ServerClock } from './server_clock'
import { emptyWall, packed, pageOfWall, placed, seated } from './wall'

const ntp = 2_208_988_800_000

describe('the server clock', () => {
  it('takes the midpoint of the quickest trip', () => {
    const clock = new ServerClock()
    clock.add({ sentMs: 1_000, receivedMs: 1_400, serverUtcMs: 50_000 })
    clock.add({ sentMs: 2_000, receivedMs: 2_020, serverUtcMs: 51_010 })
    expect(clock.estimate).toEqual({ offsetMs: 49_000, uncertaintyMs: 10 })
  })

  it('knows nothing before the first answer and after a reset', () => {
    const clock = new ServerClock()
    expect(clock.estimate).toBeNull()
    clock.add({ sentMs: 1, receivedMs: 2, serverUtcMs: 3 })
    clock.reset()
    expect(clock.estimate).toBeNull()
  })
})

function stats(over: Partial<RawStats> = {}): RawStats[] {
  return [
    { id: 'v', type: 'inbound-rtp', kind: 'video', timestamp: 0, bytesReceived: 1000, packetsReceived: 10, packetsLost: 0, framesDecoded: 5,
      frameWidth: 1280, frameHeight: 720, framesPerSecond: 25, jitterBufferDelay: 1, jitterBufferEmittedCount: 10, ...over },
    { id: 'a', type: 'inbound-rtp', kind: 'audio', timestamp: 0, bytesReceived: 100, packetsReceived: 5, packetsLost: 0, audioLevel: 0.2 },
    { id: 't', type: 'transport', timestamp: 0, selectedCandidatePairId: 'p2' },
    { id: 'p1', type: 'candidate-pair', timestamp: 0, currentRoundTripTime: 9 },
    { id: 'p2', type: 'candidate-pair', timestamp: 0, currentRoundTripTime: 0.04 },
  ]
}

describe('link statistics', () => {
  const before = readLink(stats(), 0)
  const after = readLink(
    stats({ bytesReceived: 251_000, packetsReceived: 107, packetsLost: 3, framesDecoded: 30, jitterBufferDelay: 2.5, jitterBufferEmittedCount: 35 }),
    1_000,
  )

  it('says rate, loss and buffer of the time in between', () => {
    const quality = compareReadings(before, after)
    expect(quality).toMatchObject({ kbps: 2_000, loss: 0.03, bufferMs: 60, roundTripMs: 40, width: 1280, framesSince: 25 })
  })

  it('says nothing across two connections', () => {
    expect(compareReadings(after, { ...before, atMs: 2_000 })).toBeNull()
  })

  it('grades the link', () => {
    const quality = compareReadings(before, after)!
    expect(linkGrade(quality, 100)).toBe('strained')
    expect(linkGrade({ ...quality, loss: 0 }, 100)).toBe('good')
    expect(linkGrade({ ...quality, loss: 0 }, 3_000)).toBe('bad')
    expect(linkGrade({ ...quality, framesSince: 0 }, 100)).toBe('bad')
  })
})

describe('delay', () => {
  const before = readLink(stats(), 0)
  const quality = compareReadings(before, readLink(stats({ framesDecoded: 30, jitterBufferDelay: 2, jitterBufferEmittedCount: 20 }), 1_000))!

  it('is measured against the server clock where the playout time is known', () => {
    const reading = readLink(stats({ estimatedPlayoutTimestamp: ntp + 1_800_000_000_000 }), 1_000)
    const delay = estimateDelay(reading, quality, { offsetMs: 1_800_000_000_000, uncertaintyMs: 4 }, 180)
    expect(delay).toEqual({ ms: 180, method: 'capture', uncertaintyMs: 4 })
  })

  it('is estimated from the link without a clock, without a report or with an absurd one', () => {
    const expected = { ms: 120, method: 'link', uncertaintyMs: null }
    const absurd = readLink(stats({ estimatedPlayoutTimestamp: 12 }), 1_000)
    expect(estimateDelay(before, quality, { offsetMs: 0, uncertaintyMs: 1 }, 0)).toEqual(expected)
    expect(estimateDelay(absurd, quality, { offsetMs: 1_800_000_000_000, uncertaintyMs: 1 }, 0)).toEqual(expected)
    expect(estimateDelay(absurd, quality, null, 0)).toEqual(expected)
  })

  it('is not invented for a picture that stands still', () => {
    expect(estimateDelay(before, { ...quality, framesSince: 0 }, null, 0)).toBeNull()
  })

  it('reads either epoch', () => {
    expect(utcOfPlayout(ntp + 1_790_000_000_000)).toBe(1_790_000_000_000)
    expect(utcOfPlayout(1_790_000_000_000)).toBe(1_790_000_000_000)
  })

  it('is shown calmly', () => {
    expect(smoothed(null, 80)).toBe(80)
    expect(smoothed(100, 200)).toBe(150)
    expect(smoothed(200, 100)).toBe(175)
  })
})

describe('the grid', () => {
  it('keeps the aspect inside of the box', () => {
    expect(layoutIn({ width: 1_000, height: 400 }, squareShape(4), 8).tile).toEqual({ width: 348, height: 196 })
    expect(layoutIn({ width: 800, height: 2_000 }, squareShape(4), 0).tile).toEqual({ width: 400, height: 225 })
    expect(layoutIn({ width: 800, height: 2_000 }, squareShape(4), 0, 50).tile).toEqual({ width: 400, height: 275 })
    expect(layoutIn({ width: 800, height: 470 }, squareShape(4), 0, 50).tile).toEqual({ width: 400, height: 235 })
  })

  it('counts and clamps pages', () => {
    expect(pageCount(0, 4)).toBe(1)
    expect(pageCount(42, 16)).toBe(3)
    expect(clampPage(9, 42, 16)).toBe(2)
    expect(clampPage(-1, 42, 16)).toBe(0)
  })

  it('walks by arrows and stops at the edges', () => {
    const nine = squareShape(9)
    expect([step(4, 'left', nine), step(4, 'right', nine), step(4, 'up', nine), step(4, 'down', nine)]).toEqual([3, 5, 1, 7])
    expect([step(0, 'left', nine), step(2, 'right', nine), step(1, 'up', nine), step(8, 'down', nine)]).toEqual([0, 2, 1, 8])
  })

  it('asks for the full picture only in few and tall tiles', () => {
    const [small, middle, large] = [169, 310, 600].map((height) => ({ width: 0, height }))
    expect([small, middle, large].map((tile) => layerFor(tile!, 1, 4))).toEqual(['sub', 'main', 'main'])
    expect([small, middle, large].map((tile) => layerFor(tile!, 1, 9))).toEqual(['sub', 'sub', 'main'])
    expect([layerFor(middle!, 2, 9), layerFor(large!, 2, 16), layerFor(small!, 1, 1)]).toEqual(['main', 'sub', 'main'])
  })
})

describe('the wall', () => {
  it('keeps those who stay where they are', () => {
    const first = seated(emptyWall, ['a', 'b', 'c'])
    expect(seated(first, ['a', 'c', 'd']).places).toEqual(['a', 'd', 'c'])
    expect(seated(first, ['a']).places).toEqual(['a'])
  })

  it('lets two change places, and pushes nobody off', () => {
    const plan = seated(emptyWall, ['a', 'b', 'c'])
    expect(placed(plan, 'c', 0).places).toEqual(['c', 'b', 'a'])
    expect(placed(plan, 'x', 1).places).toEqual(['a', 'x', 'c', 'b'])
    expect(placed(emptyWall, 'x', 2).places).toEqual([null, null, 'x'])
  })

  it('shows whole pages, and closes ranks', () => {
    const plan = { places: ['a', null, 'c', 'd', 'e'] }
    expect(pageOfWall(plan, 1, 4)).toEqual(['e', null, null, null])
    expect(packed(plan).places).toEqual(['a', 'c', 'd', 'e'])
  })
})

describe('waiting', () => {
  it('doubles, stops growing and spreads', () => {
    expect([0, 1, 2, 10].map((attempt) => backoffMs(attempt, 1))).toEqual([400, 800, 1_600, 8_000])
    expect(backoffMs(0, 0)).toBe(200)
  })
})

describe('codecs', () => {
  it('puts H.264 with packetization mode 1 first and leaves other pictures out', () => {
    const offered = [
      { mimeType: 'video/VP8' },
      { mimeType: 'video/H264', sdpFmtpLine: 'packetization-mode=1;profile-level-id=640c1f' },
      { mimeType: 'video/rtx' },
      { mimeType: 'video/H264', sdpFmtpLine: 'packetization-mode=0;profile-level-id=42e01f' },
      { mimeType: 'video/H264', sdpFmtpLine: 'packetization-mode=1;profile-level-id=42e01f' },
    ]
    expect(h264First(offered)).toEqual([offered[4], offered[1], offered[2]])
    expect(simulcastPlan(1_500).map((one) => one.rid)).toEqual(['h', 'l'])
  })
})

describe('a restart by PATCH', () => {
  const offer = 'v=0\r\nm=audio 9 X 111\r\na=mid:0\r\na=ice-ufrag:u\r\na=ice-pwd:p\r\na=candidate:1\r\nm=video 9 X 96\r\na=mid:1\r\na=candidate:1\r\n'

  it('sends credentials and each candidate once', () => {
    expect(restartFragment(offer).split('\r\n')).toEqual(
      ['a=ice-ufrag:u', 'a=ice-pwd:p', 'm=audio 9 X 111', 'a=mid:0', 'a=candidate:1', 'a=end-of-candidates', ''])
    expect(() => restartFragment('v=0')).toThrow()
  })

  it('puts the answer to the fragment into the old answer', () => {
    const answer = 'v=0\r\nm=audio 9\r\na=ice-ufrag:old\r\na=ice-pwd:old\r\na=candidate:9\r\n'
    expect(restartedAnswer(answer, 'a=ice-ufrag:n\r\na=ice-pwd:m\r\na=candidate:7\r\n').split('\r\n')).toEqual(
      ['v=0', 'm=audio 9', 'a=ice-ufrag:n', 'a=ice-pwd:m', 'a=candidate:7', ''])
    expect(restartedAnswer(answer, 'a=ice-ufrag:n\r\na=ice-pwd:m\r\n')).toContain('a=candidate:9')
  })
})

describe('figures', () => {
  it('are short and in their unit', () => {
    expect([bitrateText(84.4), bitrateText(1_480), bitrateText(12_400)]).toEqual(['84 kbps', '1.5 Mbps', '12 Mbps'])
    expect([lossText(0), lossText(0.0001), lossText(0.021), lossText(0.3)]).toEqual(['0%', '0.1%', '2.1%', '30%'])
    expect([delayText(84.2), delayText(12_000)]).toEqual(['84 ms', '12 s'])
    expect([bytesText(512), bytesText(1_600_000), bytesText(3e9)]).toEqual(['512 B', '1.5 MB', '2.8 GB'])
    expect([clockText(75), clockText(3_675), clockText(-4)]).toEqual(['01:15', '1:01:15', '00:00'])
    expect([ageOf(9_400), ageOf(125_000), ageOf(7_300_000), ageOf(200_000_000)].map((age) => `${age.count} ${age.unit}`)).toEqual(
      ['9 second', '2 minute', '2 hour', '2 day'])
  })
})
