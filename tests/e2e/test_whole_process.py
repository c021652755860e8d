"""One enforcement with the network cut for 40 s and the server killed once: whole, sealed, found, played and proved."""

import asyncio
import io
import shutil
import time
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import pytest
from pyotp import TOTP

from dispatch_server.archive import folders
from dispatch_server.protocol.footage import FragmentEntry, read_index, read_line
from tests.e2e.browser import chromium, keep_screenshot
from tests.e2e.earnest import Earnest, blocks_of_readme, commands_in, installation
from tests.e2e.found_and_played import Sought, found_and_played
from tests.e2e.signed_in import STEP_S, Signed, first_sign_in
from tests.e2e.test_from_an_empty_folder import PASSWORD, Crew, assemble, one_time_passwords
from tests.e2e.watched import is_live
from tests.faults.network import SERVER_ADDRESS, Network
from tests.waiting import until

pytestmark = [pytest.mark.netns, pytest.mark.browser, pytest.mark.timeout(600)]
PORT, NUMBER, ITEM = 18_443, "T0201", "CF-02-001"
CUT_S = 40.0
PARTY, PLACE = "某餐饮店", "人民路1号"
OFFICERS = ("样例-02-001", "样例-02-002")
STEPS = ("spoken_notice", "show_certificate", "onsite_inspection", "inform_rights", "sign")
SETTINGS = """\
server: { ca_file: ca.crt }
camera: { kind: scene }
microphone: { kind: tone }
main: { width: 640, height: 360, fps: 15, kbps: 500 }
link: { heartbeat_s: 2 }
master: { segment_s: 5, reserve_hours: 0.05 }
"""


@dataclass
class Team:
    """The terminal on its host, with its officers' commands."""

    network: Network
    folder: Path
    printed: list[str] = field(default_factory=list)

    def run(self, *words: str, wanted: int = 0) -> str:
        command = (".venv/bin/dispatch-terminal", *words, "--config", "terminal.yaml")
        done = self.network.terminal.run(*command, cwd=self.folder)
        self.printed.append(f"$ {' '.join(words)}\n{done.stdout}{done.stderr}")
        assert done.returncode == wanted, "\n".join(self.printed[-3:])
        return done.stdout

    def does(self, word: str, *more: str) -> str:
        return self.run("enforcement", word, *more)

    def takes(self, step: str, seconds: float) -> None:
        """The step, for so long."""
        self.does("step", step)
        begun = time.monotonic()
        until(lambda: time.monotonic() - begun > seconds, seconds + 5)
        self.does("step", step, "--end")

    @contextmanager
    def on_air(self) -> Iterator[None]:
        with (self.folder / "agent.log").open("ab") as log:
            command = (".venv/bin/dispatch-terminal", "run", "--config", "terminal.yaml")
            agent = self.network.terminal.start(*command, cwd=self.folder, stdout=log, stderr=log)
        try:
            yield
        finally:
            agent.terminate()
            agent.wait(20)

    def pictures(self, enforcement: str) -> int:
        """Of its masters of this enforcement, by the index that it wrote when it recorded them."""
        return sum(
            entry.video
            for card in (self.folder / "master").glob(f"*/{folders.CARD}")
            if folders.read_card(card).enforcement == enforcement
            for index in sorted(card.parent.glob("*.jsonl"))
            if index.stem.isdigit()
            for line in read_index(index.read_bytes())[0]
            if isinstance(entry := read_line(line).entry, FragmentEntry)
        )


@contextmanager
def county(network: Network, tmp_path: Path) -> Iterator[tuple[Earnest, str, str]]:
    """This thread is on the server's host: a node that `init` has just set up; what that printed; how it is served."""
    with network.server.inside(), closing(Earnest(installation(tmp_path / "server"), PORT, SERVER_ADDRESS)) as node:
        init, serve = commands_in(blocks_of_readme()[0])
        done = node.run(*node.command(init))
        assert done.returncode == 0, done.stdout + done.stderr
        yield node, done.stdout, serve


def enrolled(node: Earnest, crew: Crew, network: Network, folder: Path) -> Team:
    shutil.copy(node.data / "tls" / "ca.crt", installation(folder) / "ca.crt")
    (folder / "terminal.yaml").write_text(SETTINGS)
    code = crew.system.asks("POST", f"/api/v1/devices/{NUMBER}/enrolment-code", 201)["code"]
    team = Team(network, folder)
    team.run("enrol", code, "--server", node.url)
    return team


def one_of(operator: Signed) -> dict[str, Any]:
    (found,) = operator.gets("/api/v1/enforcements")["enforcements"]
    return dict(found)


def coverage(operator: Signed, enforcement: str) -> dict[str, Any]:
    return dict(operator.gets(f"/api/v1/enforcements/{enforcement}/timeline")["coverage"])


def second_operator(node: Earnest, crew: Crew) -> Signed:
    """Approves what the first one asks for, so it has a second factor."""
    made = crew.system.asks("POST", "/api/v1/people", 201, {"account": "fuhe", "name": "复核员乙", "department": ""})
    rights = {"version": made["person"]["version"], "roles": ["operator"], "department": ""}
    crew.security.asks("PUT", f"/api/v1/people/{made['person']['id']}/rights", 200, rights)
    signed = first_sign_in(node.client(), "fuhe", made["one_time_password"], PASSWORD.format("e"))
    begun = signed.asks("POST", "/api/v1/me/second-factor", 201, {"present": signed.password})
    codes = TOTP(begun["secret"])
    signed.asks("PUT", "/api/v1/me/second-factor", 204, {"ticket": begun["ticket"], "totp": codes.now()})
    # A code counts once; one step of the future is taken (RFC 6238 section 5.2).
    signed.asks("POST", "/api/v1/me/proof", 204, {"totp": codes.at(int(time.time()) + STEP_S)})
    signed.secret = begun["secret"]
    return signed


@dataclass(frozen=True, slots=True)
class Carried:
    """An enforcement that is over, and when the network was cut."""

    enforcement: str
    cut_utc_s: float


def carried_out(node: Earnest, crew: Crew, team: Team, serve: str, centre: ExitStack, field: ExitStack) -> Carried:
    """From opening to finish. The server is killed in between; another one serves until `centre` is closed."""
    network, operator = team.network, crew.operator
    server = centre.enter_context(node.serving(*node.command(serve)))
    field.enter_context(team.on_air())
    until(lambda: is_live(operator, NUMBER), 60, "the terminal on air")
    officers = [word for officer in OFFICERS for word in ("--officer", officer)]
    where = ("--party", PARTY, "--place", PLACE)
    team.does("open", "--kind", "penalty", "--item", ITEM, *officers, *where)
    until(lambda: operator.gets("/api/v1/enforcements")["enforcements"], 30, "the enforcement at the centre")
    team.does("begin", "--reason", "以电源供电")
    team.takes(STEPS[0], 4)
    network.cut()
    begun, cut_utc_s = time.monotonic(), time.time()
    team.takes(STEPS[1], 5)
    until(lambda: time.monotonic() - begun >= CUT_S, CUT_S + 10)
    network.mend()
    until(lambda: is_live(operator, NUMBER), 60, "the terminal on air again")
    team.takes(STEPS[2], 5)
    server.kill()
    server.wait(20)
    centre.enter_context(node.serving(*node.command(serve)))
    until(lambda: is_live(operator, NUMBER), 60, "the terminal on air after the kill")
    for step in STEPS[3:]:
        team.takes(step, 4)
    team.does("finish", "--reason", "检查完毕")
    until(lambda: one_of(operator)["state"] == "finished", 60, "its end at the centre")
    return Carried(str(one_of(operator)["id"]), cut_utc_s)


def pictures_kept(node: Earnest, enforcement: str) -> int:
    """Decoded from the archive's plain files, of the masters of this enforcement."""
    count = 0
    for folder in folders.find_recordings(node.data / "archive"):
        card = folders.read_card(folder / folders.CARD)
        if card.enforcement == enforcement and card.origin == "terminal":
            for media in sorted(folder.glob("[0-9]*.mp4")):
                with av.open(str(media)) as film:
                    count += sum(1 for _ in film.decode(video=0))
    return count


def exported(node: Earnest, crew: Crew, enforcement: str, folder: Path) -> Path:
    """Asked for, approved by another person, fetched and unpacked."""
    approver = second_operator(node, crew)
    wish = {"enforcement": enforcement, "purpose": "案卷评查", "recipient": "县司法局", "mode": "download", "hours": 2}
    export = crew.operator.asks("POST", "/api/v1/exports", 201, wish | {"downloads": 1})["export_id"]
    crew.operator.asks("POST", f"/api/v1/exports/{export}/approve", 403, {})
    approver.asks("POST", f"/api/v1/exports/{export}/approve", 200, {})
    until(lambda: crew.operator.gets(f"/api/v1/exports/{export}")["state"] == "ready", 120, "the package")
    link = crew.operator.asks("POST", f"/api/v1/exports/{export}/links", 201)
    answer = crew.operator.client.get(link["url"], timeout=120)
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as package:
        package.extractall(folder)
    (top,) = folder.iterdir()
    return top


async def looked_at(node: Earnest, crew: Crew, top: Path, cut_utc_s: float) -> None:
    """The page of the package verifies it offline; the operator finds the recording by its words and plays it."""
    sought = Sought(NUMBER, (PARTY[1:], PLACE[:3]), "市场监督管理局", cut_utc_s + CUT_S / 2, cut_utc_s)
    async with chromium() as browser:
        page = await (await browser.new_context(offline=True, locale="zh-CN")).new_page()
        await page.goto((top / "核验.html").as_uri())
        await page.set_input_files("#folder", top)
        await page.wait_for_selector("#result:not([hidden])", timeout=120_000)
        assert await page.get_attribute("#result", "data-verdict") == "good", await page.inner_text("#result")
        await keep_screenshot(page, "whole-process-package")
        await found_and_played(browser, node.url, crew.operator, sought)


def test_an_enforcement_is_whole_sealed_found_played_and_proved(bad_network: Network, tmp_path: Path) -> None:
    with county(bad_network, tmp_path) as (node, printed, serve), ExitStack() as centre, ExitStack() as field:
        with node.serving(*node.command(serve)):
            crew = assemble(node, one_time_passwords(printed))
            team = enrolled(node, crew, bad_network, tmp_path / "terminal")
        carried = carried_out(node, crew, team, serve, centre, field)
        enforcement = carried.enforcement
        operator = crew.operator
        begun = time.monotonic()
        until(lambda: coverage(operator, enforcement)["per_mille"] == 1000, 180, "coverage of all of it")
        backfilled_s = time.monotonic() - begun
        wanted = team.pictures(enforcement)
        until(lambda: pictures_kept(node, enforcement) == wanted, 240, "every picture of the terminal in the archive")
        assert coverage(operator, enforcement)["missing_us"] == 0
        timeline = operator.gets(f"/api/v1/enforcements/{enforcement}/timeline")
        assert {run["kind"] for run in timeline["coverage"]["runs"]} == {"live", "backfilled"}
        assert wanted > 0
        of_it = [one["recording_id"] for source in timeline["sources"] for one in source["recordings"]]
        masters = [one for source in timeline["sources"] for one in source["recordings"] if one["origin"] == "terminal"]
        assert masters

        field.close()  # the team goes off air

        def sealed() -> bool:
            return all(operator.gets(f"/api/v1/recordings/{one}")["state"] == "sealed" for one in of_it)

        until(sealed, 90, "seals")
        top = exported(node, crew, enforcement, tmp_path / "package")
        verified = node.server("archive", "verify", str(top))
        assert verified.returncode == 0, verified.stdout + verified.stderr
        begun = time.monotonic()
        asyncio.run(looked_at(node, crew, top, carried.cut_utc_s))
        looked_s = time.monotonic() - begun
    pictures = team.pictures(enforcement)
    print(f"\nwhole {backfilled_s:.1f} s after the end; {pictures} pictures; looked at for {looked_s:.0f} s")
