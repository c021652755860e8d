"""The `simulate` command: reads the keys, makes the clips that are missing, starts each double as its clip is ready."""

import asyncio
import json
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from terminals.simulator import Double, Simulator

CLIP_WORKERS = 2
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


def ensure_clip(folder: Path, number: str, department: str, seed: int) -> Path:
    """The clip's file; made when it is not there. Runs in a process of its own."""
    from terminals.clip_maker import clip_path, make_clip
    from terminals.scene import Caption

    path = clip_path(folder, number)
    if not path.exists():
        make_clip(Caption(number, department), seed).write(path)
    return path


async def run_simulation(count: int, server: str, keys: Path, clips: Path, times: Path | None, local_host: str) -> None:
    """Until cancelled."""
    entries = read_entries(keys, count)
    clips.mkdir(parents=True, exist_ok=True)
    simulator = Simulator(local_host)
    playing = asyncio.create_task(simulator.play(), name="play")
    try:
        await _start_all(simulator, entries, server, clips)
        say(
            f"{len(entries)} terminals are on their way; frame 0 times in {_write_times(simulator, times or clips / 'frame-zero.json')}"
        )
        while True:
            await asyncio.sleep(REPORT_S)
            if playing.done():
                playing.result()
    finally:
        playing.cancel()
        await simulator.stop()


async def _start_all(simulator: Simulator, entries: list[Entry], server: str, clips: Path) -> None:
    loop = asyncio.get_running_loop()
    missing = [entry for entry in entries if not any(clips.glob(f"{entry.number}-*.clip"))]
    if missing:
        say(f"making {len(missing)} clips, once, about two seconds each")
    # Children are spawned: a forked copy of a process with threads and sockets is not safe.
    with ProcessPoolExecutor(CLIP_WORKERS, mp_context=get_context("spawn")) as pool:
        made = [
            loop.run_in_executor(pool, ensure_clip, clips, entry.number, entry.department, seed)
            if entry in missing
            else asyncio.ensure_future(_ready(clips, entry, seed))
            for seed, entry in enumerate(entries)
        ]
        for entry, path in zip(entries, made, strict=True):
            endpoint = f"{server.rstrip('/')}/whip/{entry.number}"
            await simulator.add(Double(entry.number, endpoint, entry.publish_key, await path))


async def _ready(clips: Path, entry: Entry, seed: int) -> Path:
    return ensure_clip(clips, entry.number, entry.department, seed)


def _write_times(simulator: Simulator, path: Path) -> Path:
    """For whoever reads the burned-in counter back: when frame 0 of each terminal was taken, in UTC microseconds."""
    path.write_text(json.dumps({number: player.frame_zero_utc_us for number, player in simulator.players.items()}))
    return path


def say(line: str) -> None:
    sys.stdout.write(f"terminals: {line}\n")
    sys.stdout.flush()
