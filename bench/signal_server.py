"""A node with nothing but sign-ins and signals, in its own process, that tells everybody something all the time."""

import asyncio
import json
import sys
import tempfile
from pathlib import Path

from dispatch_server.protocol.signals import StreamChanged
from tests.integration.signals.rig import Node, node

LIMITS = {"connections_per_address": 2000}
SIGNALS = {"lines_per_holder": 1000}


async def tell(server: Node, per_s: float) -> None:
    """As a stream's news are told: over the bus, to whoever may see the department."""
    while True:
        await asyncio.sleep(1 / per_s)
        changed = StreamChanged(
            stream_id="0199", source="T0101", department="01", state="live", utc_us=server.hub.world.utc_us()
        )
        server.hub.send_to_scope("stream.list", "01", changed)


async def main(consoles: int, per_s: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with node(Path(folder), limits=LIMITS, signals=SIGNALS) as server:
            server.sign_ins.per_person = consoles
            secrets = [(await server.sign_in(f"p{number}"))[0] for number in range(consoles)]
            sys.stdout.write(json.dumps({"port": server.port, "secrets": secrets}) + "\n")
            sys.stdout.flush()
            await tell(server, per_s)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2])))
