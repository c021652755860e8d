"""The `enforcement` commands as a person gives them: without a network first, delivered in order afterwards."""

import json
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from terminals.access import Access
from terminals.enforcement import known
from terminals.enforcement.delivery import Deliverer
from terminals.enforcement.outbox import OUTBOX, Outbox
from tests.integration.terminals.fake_server import FakeServer, serving
from tests.integration.terminals.footage import device

ROOT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.timeout(120)


def command(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    whole = [sys.executable, "-m", "terminals", "enforcement", *words, "--config", str(folder / "terminal.yaml")]
    return subprocess.run(whole, cwd=ROOT, capture_output=True, text=True, timeout=60)


async def test_an_enforcement_without_a_network_is_delivered_in_its_order(tmp_path: Path) -> None:
    key = device()
    key.write(tmp_path / "key.json")
    own = f"master:\n  folder: {tmp_path / 'master'}\n  reserve_hours: 0.01\n"
    (tmp_path / "terminal.yaml").write_text(f"server:\n  device_key_file: {tmp_path / 'key.json'}\n{own}")
    assert command(tmp_path, "begin").returncode == 2
    opened = command(
        tmp_path, "open", "--kind", "penalty", "--item", "330217", "--officer", "A001", "--officer", "A002",
        "--party", "某某商店", "--place", "中山路 1 号",
    )  # fmt: skip
    assert opened.returncode == 0, opened.stderr
    unexplained = command(tmp_path, "begin")
    assert unexplained.returncode == 2 and "电量" in unexplained.stdout and "--reason" in unexplained.stderr
    begun = command(tmp_path, "begin", "--reason", "紧急")
    assert begun.returncode == 0, begun.stderr
    assert (tmp_path / "master" / "reserve").stat().st_blocks > 0
    assert command(tmp_path, "step", "inform").returncode == 0
    assert command(tmp_path, "pause").returncode == 2, "stopping needs a reason"
    assert command(tmp_path, "pause", "--reason", "更换电池").returncode == 0
    assert command(tmp_path, "resume").returncode == 2, "restarting asks for it"
    shown = command(tmp_path, "show")
    assert "paused" in shown.stdout and "inform" not in shown.stderr
    outbox = Outbox(tmp_path / "master" / "enforcement")
    assert known.course(outbox).state == "paused"
    with (outbox.folder / OUTBOX).open("ab") as file:
        file.write(b'{"half')  # a power cut in the middle of a line
    assert command(tmp_path, "resume", "--reason", "电池已更换").returncode == 0
    fake = FakeServer()
    async with serving(fake) as url, httpx2.AsyncClient() as client:
        access = Access(key.placed("T0101", url, "x"), client, tmp_path / "key.json")
        await Deliverer(access, outbox.folder).deliver()
    what = [path.rsplit("/", 1)[-1] for path, _ in fake.commands]
    assert what == ["open", "begin", "steps", "pause", "resume"] and outbox.waiting() == []
    times = [body["utc_us"] for _, body in fake.commands]
    assert times == sorted(times) and len({body["key"] for _, body in fake.commands}) == 5
    assert json.dumps(fake.commands[0][1], ensure_ascii=False).count("某某商店") == 1
