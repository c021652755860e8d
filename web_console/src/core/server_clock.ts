// The server's clock as seen from here: the offset of the quickest recent round trip, taken at its midpoint.

export interface ClockSample {
  /** Local milliseconds (any epoch, the same for both) when the question left and the answer came. */
  readonly sentMs: number
  readonly receivedMs: number
  readonly serverUtcMs: number
}

export interface ClockEstimate {
  /** Add to local milliseconds to get the server's UTC. */
  readonly offsetMs: number
  /** Half of the round trip: the estimate cannot be further off than this. */
  readonly uncertaintyMs: number
}

const KEEP = 12

export class ServerClock {
  private readonly samples: ClockSample[] = []

  add(sample: ClockSample): void {
    if (sample.receivedMs < sample.sentMs) return
    this.samples.push(sample)
    if (this.samples.length > KEEP) this.samples.shift()
  }

  get estimate(): ClockEstimate | null {
    let best: ClockSample | null = null
    for (const sample of this.samples) {
      if (!best || tripMs(sample) < tripMs(best)) best = sample
    }
    if (!best) return null
    const midpoint = (best.sentMs + best.receivedMs) / 2
    return { offsetMs: best.serverUtcMs - midpoint, uncertaintyMs: tripMs(best) / 2 }
  }

  /** Forget what was measured before the machine slept or the clock was set. */
  reset(): void {
    this.samples.length = 0
  }
}

function tripMs(sample: ClockSample): number {
  return sample.receivedMs - sample.sentMs
}
