"""The doctor finds what was broken on purpose, and names the cure."""

import socket
from pathlib import Path

import pytest

from dispatch_server.kit.finding import Finding, Verdict
from dispatch_server.kit.redact import Secret
from dispatch_server.ops import disk, doctor, machine, network
from dispatch_server.runtime.world import World
from dispatch_server.settings import (
    ArchiveSettings,
    DatabaseSettings,
    MediaSettings,
    ObjectSettings,
    ServerSettings,
    Settings,
)
from tests.services import Redis
from tests.worlds import TestWorld


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        data_folder=str(tmp_path / "var"),
        server=ServerSettings(port=0),
        media=MediaSettings(udp_port=0, tcp_port=0),
        archive=ArchiveSettings(folder=str(tmp_path / "var" / "archive")),
        objects=ObjectSettings(folder=str(tmp_path / "var" / "objects")),
        database=DatabaseSettings(url=Secret(f"sqlite+aiosqlite:///{tmp_path / 'a.sqlite3'}")),
    )


def verdicts(findings: list[Finding]) -> set[Verdict]:
    for finding in findings:
        assert bool(finding.cure) == (finding.verdict is not Verdict.WELL) or finding.verdict is Verdict.NOTE
    return {finding.verdict for finding in findings}


async def test_a_well_node_needs_no_mending(settings: Settings) -> None:
    findings = list(doctor.examine(settings, ["127.0.0.1"], World()))
    findings += await doctor.examine_services(settings)
    wrong = [finding.line() for finding in findings if finding.verdict is Verdict.MEND]
    # The volume of the machine that tests, and whether the console was built, are not this test's.
    assert [line for line in wrong if "GiB" not in line and "console" not in line] == []
    assert not list(Path(settings.data_folder).rglob(".doctor*"))


def test_a_folder_that_cannot_be_made(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    broken = settings.model_copy(update={"archive": ArchiveSettings(folder=str(tmp_path / "file" / "archive"))})
    findings = list(disk.look_at_folders(broken, World()))
    assert [finding.verdict for finding in findings] == [Verdict.WELL, Verdict.MEND, Verdict.WELL]


@pytest.mark.parametrize(
    ("limits", "verdict"),
    [
        ({"disk_refuse_bytes": 2**60}, Verdict.MEND),
        ({"disk_refuse_percent": 1, "disk_refuse_bytes": 0}, Verdict.MEND),
        ({"disk_refuse_percent": 100, "disk_refuse_bytes": 0, "disk_alarm_percent": 1}, Verdict.NOTE),
        ({"disk_refuse_percent": 100, "disk_refuse_bytes": 0, "disk_alarm_percent": 100}, Verdict.WELL),
    ],
)
def test_space(tmp_path: Path, limits: dict[str, int], verdict: Verdict) -> None:
    settings = ArchiveSettings(folder=str(tmp_path / "not" / "yet"), **limits)  # type: ignore[arg-type]
    assert verdicts(list(disk.look_at_space(settings))) == {verdict}


def test_a_clock_that_is_years_behind() -> None:
    world = TestWorld()
    world.wall_us = 0
    assert verdicts(list(machine.look_at_clock(world))) == {Verdict.MEND}
    assert machine.is_synchronised() in (True, False, None)


def test_a_port_that_somebody_has() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
        udp.bind(("127.0.0.1", 0))
        tcp.bind(("127.0.0.1", 0))
        tcp.listen()
        server = ServerSettings(port=tcp.getsockname()[1])
        media = MediaSettings(host="127.0.0.1", udp_port=udp.getsockname()[1], tcp_port=0)
        findings = list(network.look_at_ports(server, media))
        assert [finding.verdict for finding in findings] == [Verdict.MEND, Verdict.MEND, Verdict.WELL]
        assert "server.port" in str(findings[0].cure) and "media.udp_port" in str(findings[1].cure)
        assert not network.is_running(server)


@pytest.mark.parametrize(
    ("announced", "configured", "verdict"),
    [
        (["127.0.0.1"], (), Verdict.NOTE),  # on loopback only
        ([], (), Verdict.MEND),
        (["203.0.113.1"], ("203.0.113.1",), Verdict.NOTE),  # RFC 5737: nobody's
        (["203.0.113.1"], (), Verdict.MEND),
    ],
)
def test_addresses(announced: list[str], configured: tuple[str, ...], verdict: Verdict) -> None:
    findings = list(network.look_at_addresses(MediaSettings(announced_addresses=configured), announced))
    assert verdict in verdicts(findings)


def test_a_certificate_that_is_none(tmp_path: Path) -> None:
    for name in ("cert.pem", "key.pem"):
        (tmp_path / name).write_text("not a certificate")
    server = ServerSettings(tls_certificate=str(tmp_path / "cert.pem"), tls_key=str(tmp_path / "key.pem"))
    assert verdicts(list(doctor.look_at_certificate(server, World()))) == {Verdict.MEND}


def test_plain_http_for_others_is_told() -> None:
    server = ServerSettings(host="10.0.0.5")
    assert verdicts(list(doctor.look_at_certificate(server, World()))) == {Verdict.NOTE}
    assert list(doctor.look_at_certificate(ServerSettings(), World())) == []


async def test_a_damaged_database_and_a_redis_that_is_not_there(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "a.sqlite3").write_bytes(b"nonsense" * 1000)
    redis = settings.redis.model_copy(update={"url": Secret("redis://127.0.0.1:1/0"), "connect_s": 0.5})
    findings = await doctor.examine_services(settings.model_copy(update={"redis": redis}))
    assert [finding.verdict for finding in findings] == [Verdict.MEND, Verdict.MEND]
    assert doctor.needs_mending(findings)


async def test_a_redis_that_is_there(settings: Settings, redis_service: Redis) -> None:
    redis = settings.redis.model_copy(update={"url": Secret(redis_service.url)})
    findings = await doctor.examine_services(settings.model_copy(update={"redis": redis}))
    assert verdicts(findings) == {Verdict.WELL}
