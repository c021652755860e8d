// One question to the server's clock.
import type { ClockSample } from '@/core/server_clock'
import { body, server } from './client'

/** Local times are `performance` milliseconds, which no clock setting moves. */
export async function askClock(): Promise<ClockSample> {
  const sentMs = performance.now()
  const { utc_us } = await body(server.GET('/api/v1/clock', { cache: 'no-store' }))
  return { sentMs, receivedMs: performance.now(), serverUtcMs: utc_us / 1000 }
}
