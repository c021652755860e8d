"""How late the event loop is: everything in this process waits for it."""

import asyncio

from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.log import log_of

INTERVAL_S = 0.25
_log = log_of("ops")


async def watch_loop(counters: Counters, alarm_ms: int) -> None:
    """Measure until cancelled; a stall beyond `alarm_ms` is logged."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + INTERVAL_S
        await asyncio.sleep(INTERVAL_S)
        late_s = max(0.0, loop.time() - due)
        counters.loop_was_late(late_s)
        if late_s * 1000 > alarm_ms:
            _log.warning("the event loop was held up", late_ms=round(late_s * 1000))
