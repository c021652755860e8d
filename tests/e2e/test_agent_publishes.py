"""The agent as a device runs it: its own process, a settings file, a key file; a viewer sees and hears it."""

import asyncio
from pathlib import Path

import pytest

from terminals import counter_strip
from tests.e2e.aiortc_peer import watching
from tests.e2e.node import Node
from tests.waiting import until, until_async

ALL = {"main", "sub", "sound"}
SETTINGS = """\
server: {{url: '{url}', terminal: T0202, publish_key_file: '{key}', local_host: 127.0.0.1}}
camera: {{kind: scene}}
microphone: {{kind: tone}}
main: {{width: 640, height: 360, fps: 15, kbps: 600}}
overlay: {{officer: '330123', department: 城关镇综合行政执法队}}
"""


def start_agent(node: Node, folder: Path) -> None:
    key = folder / "publish-key"
    key.write_text(node.publish_key("T0202"))
    key.chmod(0o600)
    settings = folder / "terminal.yaml"
    settings.write_text(SETTINGS.format(url=node.url, key=key))
    node.terminals.append(node._run("agent.log", "terminals", "run", "--config", str(settings)))


@pytest.mark.timeout(150)
async def test_a_viewer_sees_and_hears_it(node: Node, tmp_path: Path) -> None:
    start_agent(node, tmp_path)
    await until_async(lambda: asyncio.to_thread(lambda: layers_of(node) == ALL), 60, "T0202 live")
    async with watching(*node.token("watch", "T0202")) as (video, audio):
        async with asyncio.timeout(60):
            numbers: list[int] = []
            while len(numbers) < 30:
                picture = (await video.recv()).to_ndarray(format="gray")
                number = counter_strip.read(picture)
                if number is not None and picture.shape == (360, 640):
                    numbers.append(number)
            heard = await audio.recv()
    assert numbers == sorted(numbers)
    assert heard.sample_rate == 48_000
    sub = node.live()["T0202"]["figures"]["layers"]["sub"]
    assert (sub["width"], sub["height"]) == (320, 180)


def layers_of(node: Node) -> set[str]:
    figures = node.live().get("T0202", {}).get("figures")
    return set(figures["layers"]) if figures else set()


@pytest.mark.timeout(120)
def test_a_wrong_key_ends_it_with_the_reason(node: Node, tmp_path: Path) -> None:
    node.environment["TERMINAL__SERVER__TERMINAL"] = "T0201"  # not the terminal that the key is for
    start_agent(node, tmp_path)
    agent = node.terminals[-1]
    until(lambda: agent.poll() is not None, 60, "the agent's end")
    assert agent.returncode == 2
    assert "refuses this terminal" in (node.folder / "agent.log").read_text("utf-8")
