"""What keeps a node from serving, one reason at a time."""

import os
from pathlib import Path
from typing import Any

import pytest

from dispatch_server.kit.redact import Secret
from dispatch_server.ops.preflight import ServeRefused, is_exposed, is_guessable, refuse_unsafe
from dispatch_server.ops.restore import MARK
from dispatch_server.settings import DatabaseSettings, Mode, OpsSettings, RedisSettings, ServerSettings, Settings

GOOD = "b1946ac92492d2347c6235b4d2611184"


def settings(folder: Path, **sections: Any) -> Settings:
    return Settings(data_folder=str(folder), **sections)


@pytest.mark.parametrize(
    "secret", ["changeme", "ChangeMe-now", "<password>", "aaaaaaaaaaaa", "admin", " secret ", "请修改"]
)
def test_what_can_be_guessed(secret: str) -> None:
    assert is_guessable(secret, "")


def test_the_user_as_its_own_password_and_a_good_one() -> None:
    assert is_guessable("Dispatcher", "dispatcher")
    assert not is_guessable(GOOD, "dispatcher")


def test_a_node_without_faults_is_let_through(tmp_path: Path) -> None:
    refuse_unsafe(settings(tmp_path, ops=OpsSettings(metrics_token=Secret(GOOD))))


@pytest.mark.parametrize(
    ("sections", "words"),
    [
        ({"ops": OpsSettings(metrics_token=Secret("short"))}, "ops.metrics_token"),
        ({"ops": OpsSettings(metrics_token=Secret("changeme" * 4))}, "ops.metrics_token"),
        ({"database": DatabaseSettings(url=Secret("postgresql+asyncpg://a:postgres@h/d"))}, "database.url"),
        ({"database": DatabaseSettings(url=Secret("postgresql+asyncpg://a:@h/d"))}, "database.url"),
        ({"redis": RedisSettings(url=Secret("redis://:short@h/0"))}, "redis.url"),
        ({"server": ServerSettings(host="0.0.0.0")}, "tls init"),
        ({"server": ServerSettings(host="0.0.0.0", public_url="https://a.example")}, "tls init"),
        ({"server": ServerSettings(public_url="https://a.example")}, "Nobody ends TLS"),
        ({"server": ServerSettings(host="10.0.0.5", trusted_proxies=("10.0.0.1",))}, "tls init"),
    ],
)
def test_what_is_refused(tmp_path: Path, sections: dict[str, Any], words: str) -> None:
    with pytest.raises(ServeRefused) as refused:
        refuse_unsafe(settings(tmp_path, **sections))
    assert words in refused.value.sentence
    assert "Cure:" in refused.value.sentence and "处理：" in refused.value.sentence


@pytest.mark.parametrize(
    "server",
    [
        ServerSettings(),
        ServerSettings(host="::1"),
        ServerSettings(host="0.0.0.0", tls_certificate="a", tls_key="b"),
        ServerSettings(host="0.0.0.0", trusted_proxies=("10.0.0.1",), public_url="https://a.example"),
        ServerSettings(trusted_proxies=("127.0.0.1",), public_url="https://a.example"),
        ServerSettings(mode=Mode.DEVELOPMENT),
    ],
)
def test_where_no_certificate_is_needed(tmp_path: Path, server: ServerSettings) -> None:
    refuse_unsafe(settings(tmp_path, server=server))


@pytest.mark.parametrize("name", ["keys/token", "tls/ca.key", "escrow/public"])
def test_files_that_others_can_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir()
    path.write_text("x")
    path.chmod(0o600)
    refuse_unsafe(settings(tmp_path))
    for mode in (0o640, 0o604, 0o620):
        path.chmod(mode)
        with pytest.raises(ServeRefused, match="chmod go="):
            refuse_unsafe(settings(tmp_path))


def test_a_certificate_is_not_secret(tmp_path: Path) -> None:
    (tmp_path / "tls").mkdir()
    (tmp_path / "tls" / "server.crt").touch(0o644)
    refuse_unsafe(settings(tmp_path))


def test_a_settings_file_matters_only_with_a_secret_in_it(tmp_path: Path) -> None:
    file = tmp_path / "server.yaml"
    file.touch(0o644)
    file.chmod(0o644)
    refuse_unsafe(settings(tmp_path).read_from(file))
    with pytest.raises(ServeRefused, match=r"server\.yaml"):
        refuse_unsafe(settings(tmp_path, ops=OpsSettings(metrics_token=Secret(GOOD))).read_from(file))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_root_may_give_a_file_to_the_servers_group(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.touch()
    os.chown(path, 12345, 12345)
    path.chmod(0o640)
    assert not is_exposed(path)
    path.chmod(0o644)
    assert is_exposed(path)


def test_a_restore_that_was_cut_off(tmp_path: Path) -> None:
    (tmp_path / MARK).touch()
    with pytest.raises(ServeRefused, match="restore"):
        refuse_unsafe(settings(tmp_path))
