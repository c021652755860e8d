"""A clerk's process that does what the first line of its file says: dies, hangs, talks, or eats memory and time."""

import sys
import time

from dispatch_server.org import clerk_process

MEMORY_BYTES = 64 << 20


def main() -> None:
    deed = sys.stdin.buffer.read().decode()
    if deed == "die":
        sys.exit(3)
    if deed == "hang":
        time.sleep(600)  # until the clerk has had enough
    if deed == "talk":
        for _ in range(64):
            sys.stdout.buffer.write(b"+" * (1 << 20))
    clerk_process.MEMORY_BYTES, clerk_process.CPU_S = MEMORY_BYTES, 1
    if deed in ("eat", "eat without a limit"):
        if deed == "eat":
            clerk_process.limit_self(0)
        sys.stdout.buffer.write(b"+" + bytes(4 * MEMORY_BYTES)[:1])
    if deed == "burn":
        clerk_process.limit_self(0)
        while True:
            pass
    if deed == "work":
        clerk_process.limit_self(0)
        sys.stdout.buffer.write(b"+done")


if __name__ == "__main__":
    main()
