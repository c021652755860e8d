// One question to the server's clock.
import type { ClockSample } from '@/core/server_clock'
import { body, server } from './client'

const PATH = '/api/v1/clock'

/** Local times are `performance` milliseconds, which no clock setting moves. */
export async function askClock(): Promise<ClockSample> {
  const sentMs = performance.now()
  const { utc_us } = await body(server.GET(PATH, { cache: 'no-store' }))
  const receivedMs = performance.now()
  const serverUtcMs = utc_us / 1000
  // The browser's own record of the request knows nothing of a busy page.
  const timing = performance.getEntriesByType('resource').findLast((entry) => entry.startTime >= sentMs - 1 && entry.name.endsWith(PATH))
  performance.clearResourceTimings()
  if (timing instanceof PerformanceResourceTiming && timing.requestStart > 0 && timing.responseStart > 0) {
    return { sentMs: timing.requestStart, receivedMs: timing.responseStart, serverUtcMs }
  }
  return { sentMs, receivedMs, serverUtcMs }
}
