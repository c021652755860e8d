"""The agent as a device runs it: its own process, a settings file, a key file; a viewer sees and hears it."""

import asyncio
from pathlib import Path

import pytest

from terminals import counter_strip
from tests.e2e.aiortc_peer import watching
from tests.e2e.node import Node
from tests.waiting import until, until_async

SETTINGS = """\
server: {{url: '{url}', terminal: T0103, publish_key_file: '{key}', local_host: 127.0.0.1}}
camera: {{kind: scene}}
microphone: {{kind: tone}}
main: {{width: 640, height: 360, fps: 15, kbps: 600}}
overlay: {{officer: '330123', department: 城关镇综合行政执法队}}
"""


def start_agent(node: Node, folder: Path) -> None:
    key = folder / "publish-key"
    key.write_text(node.publish_key("T0103"))
    key.chmod(0o600)
    settings = folder / "terminal.yaml"
    settings.write_text(SETTINGS.format(url=node.url, key=key))
    node.terminals.append(node._run("agent.log", "terminals", "run", "--config", str(settings)))


@pytest.mark.timeout(150)
async def test_a_viewer_sees_and_hears_it(node: Node, tmp_path: Path) -> None:
    start_agent(node, tmp_path)
    await until_async(lambda: asyncio.to_thread(lambda: "T0103" in node.live()), 60, "T0103 live")
    async with watching(*node.token("watch", "T0103")) as (video, audio):
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
    layers = node.live()["T0103"]["figures"]["layers"]
    assert set(layers) == {"main", "sub", "sound"}
    assert (layers["sub"]["width"], layers["sub"]["height"]) == (320, 180)


@pytest.mark.timeout(120)
def test_a_wrong_key_ends_it_with_the_reason(node: Node, tmp_path: Path) -> None:
    node.environment["TERMINAL__SERVER__TERMINAL"] = "T0104"  # not the terminal that the key is for
    start_agent(node, tmp_path)
    agent = node.terminals[-1]
    until(lambda: agent.poll() is not None, 60, "the agent's end")
    assert agent.returncode == 2
    assert "refuses this terminal" in (node.folder / "agent.log").read_text("utf-8")
