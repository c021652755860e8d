"""Three hosts in one machine, terminal – link – server, with a link that gets better and worse while it is used."""

import ctypes
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Protocol

from tests.faults import able, offloads
from tests.faults.wire import Badness, Counts
from tests.waiting import until

TERMINAL_ADDRESS = "10.20.0.2"
SERVER_ADDRESS = "10.20.0.1"
NAMES = "dp-{role}-{pid}-{number}"
CLONE_NEWNET = 0x40000000
_numbers = count()


def _call(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=20)


@dataclass(frozen=True, slots=True)
class Host:
    """One network namespace."""

    name: str
    interface: str
    address: str = ""

    def command(self, *words: str) -> list[str]:
        return [able.program("ip") or "ip", "netns", "exec", self.name, *words]

    def run(self, *words: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run a program to its end on this host."""
        options = {"capture_output": True, "text": True, "timeout": 60, **options}
        return subprocess.run(self.command(*words), **options)

    def start(self, *words: str, **options: Any) -> subprocess.Popen[str]:
        """Start a program on this host; the caller ends it."""
        return subprocess.Popen(self.command(*words), text=True, **options)

    @contextmanager
    def inside(self) -> Iterator[None]:
        """This thread is on the host: sockets it opens stay there, also after it has left."""
        libc = ctypes.CDLL(None, use_errno=True)
        with open("/proc/thread-self/ns/net") as home, open(f"/run/netns/{self.name}") as there:
            if libc.setns(there.fileno(), CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "setns")
            try:
                yield
            finally:
                if libc.setns(home.fileno(), CLONE_NEWNET):
                    raise OSError(ctypes.get_errno(), "setns home")

    def change_address(self, address: str) -> None:
        """Another address on the same network, as when a terminal goes from mobile to wireless."""
        ip = able.program("ip") or "ip"
        _call(ip, "-n", self.name, "addr", "flush", "dev", self.interface)
        _call(ip, "-n", self.name, "addr", "add", f"{address}/24", "dev", self.interface)


class Worsener(Protocol):
    """What makes a link bad: the kernel, or the emulator."""

    def apply(self, up: Badness, down: Badness) -> None: ...
    def counts(self) -> tuple[Counts, Counts] | None: ...


@dataclass(slots=True)
class Network:
    """The three hosts; `up` is from the terminal to the server."""

    terminal: Host
    middle: Host
    server: Host
    worsener: Worsener
    up: Badness = field(default_factory=Badness)
    down: Badness = field(default_factory=Badness)

    def both(self, **badness: Any) -> None:
        """Make both directions this bad, from now on; what is not named is perfect."""
        self.set(Badness(**badness), Badness(**badness))

    def set(self, up: Badness | None = None, down: Badness | None = None) -> None:
        self.up, self.down = up or self.up, down or self.down
        self.worsener.apply(self.up, self.down)

    def cut(self) -> None:
        self.both(cut=True)

    def mend(self) -> None:
        self.both()

    def counts(self) -> tuple[Counts, Counts] | None:
        """What went up and down so far; the kernel's own link keeps no such counts."""
        return self.worsener.counts()


class Emulator(AbstractContextManager["Emulator"]):
    """`linkemu.py` in the middle host; every change is in force when the call returns."""

    def __init__(self, middle: Host, seed: int) -> None:
        program = Path(__file__).with_name("linkemu.py")
        words = (sys.executable, str(program), "left", "right", str(seed))
        self._process = middle.start(*words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._expect()

    def _expect(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the link emulator ended; its last words are above"
        return line

    def _say(self, order: dict[str, Any]) -> tuple[Counts, Counts]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._expect())
        return Counts(**answer["up"]), Counts(**answer["down"])

    def apply(self, up: Badness, down: Badness) -> None:
        self._say({"up": asdict(up), "down": asdict(down)})

    def counts(self) -> tuple[Counts, Counts]:
        return self._say({})

    def __exit__(self, *_: object) -> None:
        with self._process as process:  # closes the pipes, at whose end the emulator ends
            pass
        assert process.returncode == 0


class Netem:
    """The kernel's own worsener on both ends of a bridge in the middle host."""

    def __init__(self, middle: Host) -> None:
        self._middle = middle
        ip = able.program("ip") or "ip"
        _call(ip, "-n", middle.name, "link", "add", "both", "type", "bridge")
        for end in ("left", "right"):
            _call(ip, "-n", middle.name, "link", "set", end, "master", "both")
        _call(ip, "-n", middle.name, "link", "set", "both", "up")

    def apply(self, up: Badness, down: Badness) -> None:
        for end, badness in (("right", up), ("left", down)):
            tc = self._middle.command("tc", "qdisc", "replace", "dev", end, "root", "netem", *netem_words(badness))
            _call(*tc)

    def counts(self) -> None:
        return None


def netem_words(bad: Badness) -> list[str]:
    """The same badness in the words of tc-netem(8). Its jitter reorders, and its reordering sends early."""
    if bad.cut:
        return ["loss", "100%"]
    words = []
    if bad.delay_ms or bad.jitter_ms or bad.reorder:
        words += ["delay", f"{bad.delay_ms or bad.reorder_ms:g}ms", f"{bad.jitter_ms / 2:g}ms"]
        words += ["distribution", "normal"] if bad.jitter_ms else []
    if bad.to_bad:
        words += ["loss", "gemodel", f"{bad.to_bad:%}", f"{bad.to_good:%}", f"{bad.loss_in_bad:%}", f"{bad.loss:%}"]
    elif bad.loss:
        words += ["loss", f"{bad.loss:%}"]
    for name, share in (("duplicate", bad.duplicate), ("corrupt", bad.corrupt), ("reorder", bad.reorder)):
        words += [name, f"{share:%}"] if share else []
    if bad.rate_kbps:
        waiting = max(2, int(bad.rate_kbps * bad.queue_ms / 8 / 1200))
        words += ["rate", f"{bad.rate_kbps:g}kbit", "limit", str(waiting)]
    return words


def _joined(near: Host, near_end: str, far: Host) -> None:
    ip = able.program("ip") or "ip"
    _call(
        ip, "-n", near.name, "link", "add", near_end, "type", "veth", "peer", "name", far.interface, "netns", far.name
    )
    _call(ip, "-n", near.name, "link", "set", near_end, "up")
    _call(ip, "-n", far.name, "addr", "add", f"{far.address}/24", "dev", far.interface)
    with far.inside():
        offloads.switch_off(far.interface)
    _call(ip, "-n", far.name, "link", "set", far.interface, "up")
    until(lambda: far.run(ip, "-br", "link", "show", far.interface).stdout.split()[1:2] == ["UP"], 5)


@contextmanager
def _host(role: str, number: int, interface: str, address: str = "") -> Iterator[Host]:
    ip = able.program("ip") or "ip"
    host = Host(NAMES.format(role=role, pid=os.getpid(), number=number), interface, address)
    _call(ip, "netns", "add", host.name)
    try:
        _call(ip, "-n", host.name, "link", "set", "lo", "up")
        yield host
    finally:
        _call(ip, "netns", "del", host.name)


@contextmanager
def three_hosts(seed: int = 1, netem: bool | None = None) -> Iterator[Network]:
    """A terminal's host and a server's, joined by a link that starts perfect. All is gone afterwards."""
    number = next(_numbers)
    with ExitStack() as stack:
        terminal = stack.enter_context(_host("term", number, "eth0", TERMINAL_ADDRESS))
        middle = stack.enter_context(_host("emu", number, "left"))
        server = stack.enter_context(_host("srv", number, "eth0", SERVER_ADDRESS))
        _joined(middle, "left", terminal)
        _joined(middle, "right", server)
        by_kernel = able.has_netem() if netem is None else netem
        worsener: Worsener = Netem(middle) if by_kernel else stack.enter_context(Emulator(middle, seed))
        yield Network(terminal, middle, server, worsener)
