"""README.md from its first command to an operator who watches an enrolled terminal, and what must hold afterwards."""

import asyncio
import io
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import pytest

from tests.e2e.earnest import Earnest, blocks_of_readme, commands_in, installation
from tests.e2e.signed_in import Signed, first_sign_in, sign_in_again
from tests.e2e.watched import SOON_S, is_live, recording_of, watch_and_revoke
from tests.waiting import until

pytestmark = pytest.mark.timeout(400)
NUMBER = "T1301"
PASSWORD = "Xiangcun-{}-9247"
FPS, LEAST_PICTURES = 25, 30
ACTS = {  # what the walk did, and the ledger must know of
    "person.create",
    "person.rights",
    "device.enrol",
    "device.revoke",
    "stream.watch",
    "recording.play",
    "session.begin",
    "ledger.search",
}


@dataclass
class Crew:
    """Three people for three roles, and the operator whom two of them make."""

    system: Signed
    security: Signed
    audit: Signed
    operator: Signed


@pytest.fixture
def node(tmp_path: Path, free_port: Callable[[], int]) -> Iterator[Earnest]:
    made = Earnest(installation(tmp_path / "server"), free_port())
    with closing(made):
        yield made


def one_time_passwords(printed: str) -> dict[str, str]:
    found = dict(re.findall(r"^    (system|security|audit) +(\S+)$", printed, re.MULTILINE))
    assert len(found) == 3, printed
    return found


def assemble(node: Earnest, one_time: dict[str, str]) -> Crew:
    """Steps 2 and 3 of the paper, as the pages send them."""
    system, security, audit = (
        first_sign_in(node.client(), name, one_time[name], PASSWORD.format(number))
        for number, name in enumerate(("system", "security", "audit"))
    )
    assert all(one.secret for one in (system, security, audit)), "an administrator has a second factor"
    made = system.asks("POST", "/api/v1/people", 201, {"account": "zhiban", "name": "值班员甲", "department": ""})
    rights = {"version": made["person"]["version"], "roles": ["operator"], "department": ""}
    system.asks("PUT", f"/api/v1/people/{made['person']['id']}/rights", 403, rights)
    security.asks("PUT", f"/api/v1/people/{made['person']['id']}/rights", 200, rights)
    operator = first_sign_in(node.client(), "zhiban", made["one_time_password"], PASSWORD.format("d"))
    cookies = {name for one in (system, operator) for name in one.client.cookies}
    assert cookies and all(name.startswith("__Host-") for name in cookies)
    return Crew(system, security, audit, operator)


def enrolled(node: Earnest, crew: Crew, enrol: str, settings: str, terminal: Path) -> None:
    """Step 4: another installation, with the authority, its settings and the code."""
    shutil.copy(node.data / "tls" / "ca.crt", installation(terminal) / "ca.crt")
    (terminal / "terminal.yaml").write_text(settings)
    code = crew.system.asks("POST", f"/api/v1/devices/{NUMBER}/enrolment-code", 201)["code"]
    written = re.findall(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", enrol)
    assert len(written) == 1, "the paper shows a code of the form that the console shows"
    done = node.run(*node.command(enrol, {written[0]: code}), folder=terminal)
    assert done.returncode == 0 and NUMBER in done.stdout, done.stderr
    again = node.run(*node.command(enrol, {written[0]: code}), folder=terminal)
    assert again.returncode == 2, "a code lets in once"


def plays(operator: Signed, entry: dict[str, Any]) -> float:
    """Seconds of picture in the files that the playlist names, once there are some. The purpose is said first."""
    wish = {"recording_ids": [entry["recording_id"]], "kind": "technical", "purpose": "检查录像"}
    operator.asks("POST", "/api/v1/viewings", 201, wish)

    def pictures() -> int | None:
        playlist = operator.client.get(entry["playlist_url"])
        assert playlist.status_code == 200 and playlist.text.startswith("#EXTM3U"), playlist.text
        named = dict.fromkeys(re.findall(r"^(?!#)(\S+)$", playlist.text, re.MULTILINE))
        counted = sum(_pictures_in(operator, entry, name) for name in named)
        return counted if counted > LEAST_PICTURES else None

    return until(pictures, 30, "something to play") / FPS


def _pictures_in(operator: Signed, entry: dict[str, Any], name: str) -> int:
    file = operator.client.get(f"/api/v1/recordings/{entry['recording_id']}/{name}")
    assert file.status_code == 200, f"{name}: {file.text}"
    with av.open(io.BytesIO(file.content)) as film:
        return sum(1 for _ in film.decode(video=0)) if film.streams.video else 0


def acts(audit: Signed) -> list[dict[str, Any]]:
    found, cursor = [], ""
    while True:
        page = audit.gets(f"/api/v1/ledger/acts?limit=200{cursor}")
        found += page["acts"]
        if page["next_cursor"] is None:
            return found
        cursor = f"&cursor={page['next_cursor']}"


def verify_finds_a_flipped_byte(node: Earnest) -> None:
    """The running server's ledger is whole; in a copy of it no byte of an act can be another one."""
    whole = node.server("audit", "verify", "-c", "dispatch.yaml")
    assert whole.returncode == 0, whole.stdout + whole.stderr
    copy = node.folder / "copy.sqlite3"
    made = node.run(".venv/bin/python", "-c", COPY, str(node.data / "dispatch.sqlite3"), str(copy))
    assert made.returncode == 0, made.stderr
    assert node.server("audit", "verify", str(copy)).returncode == 0
    content = bytearray(copy.read_bytes())
    content[content.index(b'"action":"person.rights"') + 12] ^= 1
    copy.write_bytes(content)
    found = node.server("audit", "verify", str(copy))
    assert found.returncode == 1, found.stdout + found.stderr


COPY = """
import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as source, sqlite3.connect(sys.argv[2]) as target: source.backup(target)
"""


def backed_up(node: Earnest, folder: Path) -> tuple[Path, str]:
    """While it runs: (the backup, both shares as two people type them)."""
    files = [folder.with_name(f"share-{number}") for number in (1, 2)]
    named = ("--first-file", str(files[0]), "--second-file", str(files[1]))
    printed = node.server("keys", "escrow", "-c", "dispatch.yaml", *named)
    assert printed.returncode == 0, printed.stderr
    shares = "".join(file.read_text("utf-8") for file in files)
    done = node.server("backup", str(folder), "-c", "dispatch.yaml", "--with-media")
    assert done.returncode == 0, done.stdout + done.stderr
    (backup,) = folder.glob("dispatch-*")
    return backup, shares


def serves_elsewhere(node: Earnest, crew: Crew, backup: Path, shares: str, serve: str, recording: str) -> None:
    """On another machine: the people, the register, the ledger and the recordings of then."""
    settings = f"data_folder: {node.data}\nserver: {{host: 0.0.0.0, port: {node.port}, public_url: '{node.url}'}}\n"
    (node.folder / "dispatch.yaml").write_text(settings)
    done = node.server("restore", str(backup), "-c", "dispatch.yaml", typed=shares)
    assert (node.data / "tls" / "ca.crt").exists(), done.stdout + done.stderr
    with node.serving(*node.command(serve)):
        audit = sign_in_again(node.client(), crew.audit)
        assert {"person.create", "stream.watch"} <= {act["action"] for act in acts(audit)}
        operator = sign_in_again(node.client(), crew.operator)
        assert operator.gets(f"/api/v1/devices/{NUMBER}")["state"] == "revoked"
        assert plays(operator, operator.gets(f"/api/v1/recordings/{recording}")) > 1
        assert node.server("audit", "verify", "-c", "dispatch.yaml").returncode == 0


def test_the_paper_leads_to_a_terminal_that_is_watched(
    node: Earnest, tmp_path: Path, free_port: Callable[[], int]
) -> None:
    begun = time.monotonic()
    on_the_server, settings, on_the_terminal = blocks_of_readme()
    (init, serve), (enrol, run) = commands_in(on_the_server), commands_in(on_the_terminal)
    done = node.run(*node.command(init))
    assert done.returncode == 0, done.stderr
    terminal = tmp_path / "terminal"
    with node.serving(*node.command(serve)):
        crew = assemble(node, one_time_passwords(done.stdout))
        enrolled(node, crew, enrol, settings, terminal)
        with node.running("terminal.log", *node.command(run), folder=terminal) as agent:
            until(lambda: is_live(crew.operator, NUMBER), 60, f"{NUMBER} live: {node.log('terminal.log')}")
            watched_s = time.monotonic() - begun
            seconds, recording = _watched_until_revoked(node, crew, terminal, agent)
        _told_by_the_ledger(crew)
        verify_finds_a_flipped_byte(node)
        backup, shares = backed_up(node, tmp_path / "backups")
    with closing(Earnest(installation(tmp_path / "other"), free_port())) as other:
        serves_elsewhere(other, crew, backup, shares, serve, recording)
    print(f"\nfrom init to a live stream {watched_s:.1f} s; {seconds:.1f} s of the recording played")


def _watched_until_revoked(
    node: Earnest, crew: Crew, terminal: Path, agent: "subprocess.Popen[bytes]"
) -> tuple[float, str]:
    entry = recording_of(crew.operator, NUMBER)
    seconds = plays(crew.operator, entry)
    assert seconds > 1

    def revoke() -> None:
        crew.security.asks("POST", f"/api/v1/devices/{NUMBER}/revoke", 200, {"reason": "遗失"})

    key = terminal / "device-key.json"
    ended = asyncio.run(watch_and_revoke(node, crew.operator, NUMBER, key, revoke))
    print(f"\nafter revocation, seconds to the end: {ended}")
    assert max(ended.stream, ended.pictures, ended.socket, ended.token) < SOON_S
    until(lambda: "refused" in node.log("terminal.log"), 30, "what the agent says of it")
    assert agent.poll() is None, "it goes on recording"
    return seconds, entry["recording_id"]


def _told_by_the_ledger(crew: Crew) -> None:
    told = acts(crew.audit)
    missing = ACTS - {act["action"] for act in told}
    assert missing == set(), sorted({act["action"] for act in told})
    refused = [act for act in told if act["outcome"] == "refused"]
    assert "person.rights" in {act["action"] for act in refused}, "the system administrator gave itself nothing"
    crew.operator.asks("GET", "/api/v1/ledger/acts", 403)
    crew.system.asks("GET", "/api/v1/ledger/acts", 403)
