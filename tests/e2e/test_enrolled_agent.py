"""A device as the field has it: enrolled with a code, on air by its own key, off and still recording when revoked."""

import time
from pathlib import Path

import pytest

from tests.e2e.node import Node
from tests.waiting import until

SETTINGS = """\
server: {{device_key_file: '{key}', local_host: 127.0.0.1}}
camera: {{kind: scene}}
microphone: {{kind: tone}}
main: {{width: 640, height: 360, fps: 15, kbps: 600}}
link: {{heartbeat_s: 1}}
"""
NUMBER = "T0202"


def device(node: Node) -> dict[str, object]:
    found: dict[str, object] = node.get(f"/api/v1/devices/{NUMBER}")
    return found


def enrol(node: Node, folder: Path) -> tuple[Path, float]:
    """The device's settings file, and how long it took from the code to the key in the register."""
    settings, key = folder / "terminal.yaml", folder / "device-key.json"
    settings.write_text(SETTINGS.format(key=key))
    begun = time.monotonic()
    issued = node.client().post(f"/api/v1/devices/{NUMBER}/enrolment-code")
    assert issued.status_code == 201, issued.text
    done = node._run("enrol.log", "terminals", "enrol", issued.json()["uri"], "--config", str(settings))
    assert done.wait(60) == 0, (node.folder / "enrol.log").read_text()
    took_s = time.monotonic() - begun
    assert key.stat().st_mode & 0o777 == 0o600
    assert device(node)["state"] == "enrolled"
    return settings, took_s


@pytest.mark.timeout(150)
def test_an_enrolled_agent_is_live_until_it_is_revoked(node: Node, tmp_path: Path) -> None:
    settings, enrolled_s = enrol(node, tmp_path)
    agent = node._run("agent.log", "terminals", "run", "--config", str(settings))
    node.terminals.append(agent)
    until(lambda: NUMBER in node.live(), 60, f"{NUMBER} live")
    until(lambda: (device(node)["health"] or {}).get("clock_offset_us") is not None, 20, "its heartbeat")  # type: ignore[attr-defined]
    until(lambda: device(node)["state"] == "online", 10, "its presence")
    entry = device(node)
    assert abs(entry["health"]["clock_offset_us"]) < 500_000  # type: ignore[index]
    begun = time.monotonic()
    revoked = node.client().post(f"/api/v1/devices/{NUMBER}/revoke", json={"reason": "stolen"})
    assert revoked.status_code == 200, revoked.text
    until(lambda: NUMBER not in node.live(), 5, "the stream's end")
    ended_s = time.monotonic() - begun
    until(lambda: "refused" in (node.folder / "agent.log").read_text(), 30, "what the agent says of it")
    assert agent.poll() is None, "it goes on recording"
    assert device(node)["state"] == "revoked"
    print(f"enrolment {enrolled_s:.2f} s with the program's start; off air {ended_s * 1000:.0f} ms after revocation")


@pytest.mark.timeout(60)
def test_a_wrong_code_ends_with_words(node: Node, tmp_path: Path) -> None:
    settings = tmp_path / "terminal.yaml"
    settings.write_text(SETTINGS.format(key=tmp_path / "device-key.json"))
    done = node._run(
        "enrol.log", "terminals", "enrol", "ABCD-EFGH-JKMN", "--server", node.url, "--config", str(settings)
    )
    assert done.wait(40) == 2
    assert "the server refuses" in (node.folder / "enrol.log").read_text()
    assert not (tmp_path / "device-key.json").exists()
