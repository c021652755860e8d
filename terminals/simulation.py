"""The `simulate` command: reads the keys, makes the clips that are missing, starts each double as its clip is ready."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from terminals.clip import clip_path
from terminals.settings import TerminalSettings
from terminals.simulated_master import read_codes, settle
from terminals.simulator import Double, Simulator

CLIP_WORKERS = min(4, os.cpu_count() or 1)
REPORT_S = 2.0


@dataclass(frozen=True, slots=True)
class Entry:
    number: str
    department: str
    publish_key: str


def read_entries(path: Path, count: int) -> list[Entry]:
    """The first terminals of the file, one of each department before the second ones. Raises SystemExit with words."""
    try:
        entries = [Entry(**entry) for entry in json.loads(path.read_text("utf-8"))]
    except FileNotFoundError:
        raise SystemExit(f"{path} is missing: start the server in development mode first (make run)") from None
    except (ValueError, TypeError) as error:
        raise SystemExit(f"{path} is not the server's file of terminals: {error}") from None
    entries.sort(key=lambda entry: (entry.number[-2:], entry.number))
    if count > len(entries):
        raise SystemExit(f"there are {len(entries)} terminals in {path}, not {count}")
    return entries[:count]


def ensure_clip(path: Path, number: str, department: str, seed: int) -> None:
    """Make the clip. Runs in a process of its own."""
    import cv2

    from terminals.clip_maker import make_clip
    from terminals.scene import Caption

    cv2.setNumThreads(1)  # there are as many of us as there are cores
    make_clip(Caption(number, department), seed).write(path)


@dataclass(frozen=True, slots=True)
class Ask:
    """What is to be simulated. `masters`: where doubles that are enrolled record; `codes` enrols those that are not."""

    count: int
    server: str
    keys: Path
    clips: Path
    times: Path | None = None
    local_host: str = "0.0.0.0"  # noqa: S104 - the route decides, as for any client
    masters: Path | None = None
    codes: Path | None = None


async def run_simulation(ask: Ask) -> None:
    """Until cancelled. Raises a LocalFault for a double that cannot record."""
    entries, codes = read_entries(ask.keys, ask.count), read_codes(ask.codes)
    ask.clips.mkdir(parents=True, exist_ok=True)
    simulator = Simulator(ask.local_host, say=say)
    playing = asyncio.create_task(simulator.play(), name="play")
    try:
        enrolled = {}
        if ask.masters is not None:
            for entry in entries:  # one after the other: the server counts tries
                enrolled[entry.number] = await settle(ask.masters, entry.number, ask.server, codes)
            say(f"{len(enrolled)} terminals record in {ask.masters}")
        await _start_all(simulator, entries, ask, enrolled)
        while True:
            await asyncio.sleep(REPORT_S)
            if playing.done():
                playing.result()
    finally:
        playing.cancel()
        await simulator.stop()


async def _start_all(
    simulator: Simulator, entries: list[Entry], ask: Ask, enrolled: Mapping[str, TerminalSettings]
) -> None:
    """Each goes on air as soon as its clip is there; those that have one do so at once."""
    loop, clips, times = asyncio.get_running_loop(), ask.clips, ask.times or ask.clips / "frame-zero.json"
    missing = [entry for entry in entries if not clip_path(clips, entry.number).exists()]
    if missing:
        say(f"making {len(missing)} clips, once, about a second each")

    async def start(entry: Entry, pool: ProcessPoolExecutor, seed: int) -> None:
        path = clip_path(clips, entry.number)
        if entry in missing:
            await loop.run_in_executor(pool, ensure_clip, path, entry.number, entry.department, seed)
        endpoint = f"{ask.server.rstrip('/')}/whip/{entry.number}"
        double = Double(entry.number, endpoint, entry.publish_key, path, enrolled.get(entry.number))
        await simulator.add(double)
        write_times(simulator, times)

    # Children are spawned: a forked copy of a process with threads and sockets is not safe.
    with ProcessPoolExecutor(CLIP_WORKERS, mp_context=get_context("spawn")) as pool:
        async with asyncio.TaskGroup() as group:
            for seed, entry in enumerate(entries):
                group.create_task(start(entry, pool, seed), name=f"start {entry.number}")
    say(f"{len(entries)} terminals are on their way; when their pictures 0 were taken is in {times}")


def write_times(simulator: Simulator, path: Path) -> None:
    """For whoever reads the burned-in counter back: when frame 0 of each terminal was taken, in UTC microseconds."""
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(
        json.dumps({number: player.frame_zero_utc_us for number, player in simulator.players.items()})
    )
    unfinished.replace(path)


def say(line: str) -> None:
    sys.stdout.write(f"terminals: {line}\n")
    sys.stdout.flush()
