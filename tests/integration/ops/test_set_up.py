"""From nothing to a served node and back from a backup, by the commands that a person types."""

import json
import os
import pty
import re
import shutil
import signal
import ssl
import subprocess
import sys
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

from tests.integration.ops.program import STOP_S, environment, ready, run, serving

pytestmark = pytest.mark.timeout(240)  # each test starts whole programs
URL = "https://dispatch.example:8443"
TO_FILES = ("--first-file", "first-share", "--second-file", "second-share")
TOKEN = "0123456789abcdef" * 4


def initialised(folder: Path, *options: str) -> Path:
    """A settings file and a data folder of a node that was set up."""
    file = folder / "server.yaml"
    done = run(folder, "init", "-c", str(file), "--public-url", URL, *options)
    assert done.returncode == 0, done.stderr
    return file


def shares(folder: Path, file: Path) -> list[str]:
    paths = [folder / "first-share", folder / "second-share"]
    made = run(folder, "keys", "escrow", "-c", str(file), *TO_FILES)
    assert made.returncode == 0, made.stderr
    found = [path.read_text().strip() for path in paths]
    assert all(re.fullmatch(r"[12]-.*", text) for text in found)
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in paths)
    assert not any(text in made.stdout + made.stderr for text in found)
    return found


def typed(words: list[str]) -> str:
    return "".join(f"{word}\n" for word in words)


def test_a_node_is_set_up_once(tmp_path: Path) -> None:
    file = tmp_path / "server.yaml"
    first = run(tmp_path, "init", "-c", str(file), "--public-url", URL, "--tls")
    assert first.returncode == 0, first.stderr
    assert "下一步 / what is next" in first.stdout and "dispatch.example" in first.stdout
    assert "组织机构 / organisation: " in first.stdout
    assert file.stat().st_mode & 0o077 == 0 and URL in file.read_text()
    assert {path.name for path in (tmp_path / "var").iterdir()} >= {"keys", "tls", "dispatch.sqlite3", "initialised"}
    closed = [tmp_path / "var", *(tmp_path / "var" / name for name in ("keys", "tls", "dispatch.sqlite3"))]
    assert all(path.stat().st_mode & 0o077 == 0 for path in closed)
    passwords = dict(re.findall(r"^    (system|security|audit) +(\S{12,})$", first.stdout, re.MULTILINE))
    assert len(set(passwords.values())) == 3
    kept = b"".join(path.read_bytes() for path in (tmp_path / "var").rglob("*") if path.is_file())
    assert not [account for account, password in passwords.items() if password.encode() in kept]
    before = {path: path.read_bytes() for path in (tmp_path / "var").rglob("*") if path.is_file()}
    second = run(tmp_path, "init", "-c", str(file), "--yes")
    assert second.returncode == 2
    assert "set up already" in second.stderr and "已经初始化" in second.stderr
    assert {path: path.read_bytes() for path in before} == before


def test_not_over_something_unless_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "var" / "keys").mkdir(parents=True)
    (tmp_path / "var" / "keys" / "metrics_token").write_text(TOKEN)
    (tmp_path / "var" / "keys" / "metrics_token").chmod(0o600)
    assert "--yes" in run(tmp_path, "init").stderr
    nobody = run(tmp_path, "serve", "--port", "0")
    assert nobody.returncode == 2 and "dispatch-server init" in nobody.stderr and "还没有管理员" in nobody.stderr
    again = run(tmp_path, "init", "--yes")
    assert again.returncode == 0, again.stderr
    assert (tmp_path / "var" / "keys" / "metrics_token").read_text() == TOKEN


def test_it_serves_https_to_others_once_there_is_a_certificate(tmp_path: Path) -> None:
    file = initialised(tmp_path)
    refused = run(tmp_path, "serve", "-c", str(file), "--port", "0")
    assert refused.returncode == 2
    assert "tls init" in refused.stderr and "明文" in refused.stderr
    made = run(tmp_path, "tls", "init", "-c", str(file))
    assert made.returncode == 0 and "SHA-256" in made.stdout
    authority = tmp_path / "var" / "tls" / "ca.crt"
    file.write_text(file.read_text().replace(f"public_url: {URL}", "public_url: ''"))
    with serving(tmp_path, "serve", "-c", str(file), "--port", "0") as process:
        url = ready(tmp_path, process)
        assert url.startswith("https://localhost:")
        context = ssl.create_default_context(cafile=authority)
        with urlopen(f"{url}/readyz", timeout=10, context=context) as answer:
            assert json.load(answer)["ready"] is True
            assert answer.headers["Strict-Transport-Security"]
        with pytest.raises(URLError, match="CERTIFICATE_VERIFY_FAILED"):
            urlopen(f"{url}/readyz", timeout=10)
        token = (tmp_path / "var" / "keys" / "metrics_token").read_text()
        asked = f"{url}/metrics", token
        assert b"dispatch_certificate_days_left 364" in figures(*asked, context)
        process.send_signal(signal.SIGTERM)
        assert process.wait(STOP_S) == 0


def figures(url: str, token: str, context: ssl.SSLContext) -> bytes:
    with urlopen(Request(url, headers={"Authorization": f"Bearer {token}"}), timeout=10, context=context) as answer:
        return bytes(answer.read())


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("DISPATCH__OPS__METRICS_TOKEN", "changeme", "ops.metrics_token"),
        ("DISPATCH__DATABASE__URL", "postgresql+asyncpg://dispatch:dispatch@h/d", "database.url"),
    ],
)
def test_it_does_not_serve_with_a_secret_out_of_an_example(
    tmp_path: Path, variable: str, value: str, words: str
) -> None:
    for command in (("serve",), ("serve", "--check-config")):
        refused = run(tmp_path, *command, **{variable: value})
        assert refused.returncode == 2
        assert words in refused.stderr and "Traceback" not in refused.stderr
        assert value not in refused.stderr


def test_it_does_not_serve_with_a_key_that_others_can_read(tmp_path: Path) -> None:
    file = initialised(tmp_path, "--tls")
    assert run(tmp_path, "serve", "-c", str(file), "--check-config").returncode == 0
    (tmp_path / "var" / "tls" / "ca.key").chmod(0o644)
    refused = run(tmp_path, "serve", "-c", str(file), "--check-config")
    assert refused.returncode == 2
    assert "ca.key" in refused.stderr and "chmod go=" in refused.stderr


def test_the_shares_never_lie_in_one_place(tmp_path: Path) -> None:
    file = initialised(tmp_path)
    escrow = ("keys", "escrow", "-c", str(file))
    (tmp_path / "there").touch()
    for options in ((), TO_FILES[:2], (*TO_FILES[:3], "there"), (*TO_FILES[:3], "first-share")):
        refused = run(tmp_path, *escrow, *options)
        assert refused.returncode == 2 and "Traceback" not in refused.stderr, refused.stderr
        assert not (tmp_path / "var" / "escrow").exists()  # none was made
        assert not (tmp_path / "first-share").exists()


def test_on_a_terminal_one_share_is_gone_before_the_other_comes(tmp_path: Path) -> None:
    file = initialised(tmp_path)
    command = [sys.executable, "-m", "dispatch_server", "keys", "escrow", "-c", str(file)]
    controller, screen = pty.openpty()
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment(tmp_path), stdin=screen, stdout=screen, stderr=screen
    ) as process:
        os.close(screen)
        shown = [read_until(controller, "Enter")]
        os.write(controller, b"\n")
        shown.append(read_until(controller, "Enter"))
        os.write(controller, b"\n")
        rest = read_until(controller, "restore-drill")
        assert process.wait(STOP_S) == 0
    os.close(controller)
    assert [len(re.findall(r"^ +[12]-", text, re.MULTILINE)) for text in (*shown, rest)] == [1, 1, 0]
    assert "\x1b[2J" in shown[1].partition("2-")[0] and "\x1b[2J" in rest


def read_until(descriptor: int, word: str) -> str:
    """What a terminal shows, up to this word."""
    seen = b""
    while word.encode() not in seen:
        seen += os.read(descriptor, 4096)
    return seen.decode("utf-8", "replace")


def test_the_keys_are_tried_and_a_wrong_share_is_told(tmp_path: Path) -> None:
    file = initialised(tmp_path, "--tls")
    one, other = shares(tmp_path, file)
    again = run(tmp_path, "keys", "escrow", "-c", str(file))
    assert again.returncode == 0 and one not in again.stdout and other not in again.stdout
    assert run(tmp_path, "keys", "restore-drill", "-c", str(file), typed=typed([one, other])).returncode == 0
    slip = other[:-1] + ("A" if other[-1] != "A" else "B")
    for words in ([one, slip], [one, one], [one, ""], [other]):
        refused = run(tmp_path, "keys", "restore-drill", "-c", str(file), typed=typed(words))
        assert refused.returncode == 2, words
        assert "Traceback" not in refused.stderr
    (tmp_path / "var" / "keys" / "metrics_token").write_text("another")
    failed = run(tmp_path, "keys", "restore-drill", "-c", str(file), typed=typed([one, other]))
    assert failed.returncode == 1 and "DIFFERENT" in failed.stdout


def test_a_lost_machine_comes_back_from_its_backup(tmp_path: Path) -> None:
    file = initialised(tmp_path, "--tls")
    words = typed(shares(tmp_path, file))
    made = run(tmp_path, "backup", str(tmp_path / "backups"), "-c", str(file))
    assert made.returncode == 0, made.stderr
    (folder,) = (tmp_path / "backups").iterdir()
    fingerprint = run(tmp_path, "tls", "show", "-c", str(file)).stdout
    refused = run(tmp_path, "restore", str(folder), "-c", str(file), typed=words)
    assert refused.returncode == 2 and "not empty" in refused.stderr
    shutil.rmtree(tmp_path / "var")
    more = {"DISPATCH__ARCHIVE__DISK_REFUSE_BYTES": "0", "DISPATCH__ARCHIVE__DISK_REFUSE_PERCENT": "100"}
    done = run(tmp_path, "restore", str(folder), "-c", str(file), typed=words, **more)
    assert "已恢复 restored" in done.stdout, done.stderr
    assert "  ok    本机 here: 证书有效期" in done.stdout  # the doctor looked at what was restored
    assert run(tmp_path, "tls", "show", "-c", str(file)).stdout == fingerprint
    assert run(tmp_path, "keys", "restore-drill", "-c", str(file), typed=words).returncode == 0


def test_a_backup_needs_a_place(tmp_path: Path) -> None:
    refused = run(tmp_path, "backup")
    assert refused.returncode == 2 and "backup.folder" in refused.stderr


def test_the_service_is_one_that_systemd_takes(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze") or pytest.skip("systemd-analyze is not installed")
    printed = run(tmp_path, "service", "print", "--user", "root", DISPATCH__SERVER__PORT="443")
    assert printed.returncode == 0, printed.stderr
    unit = tmp_path / "dispatch.service"
    broken = printed.stdout.replace("Restart=always", "Restart=sometimes")
    for text, is_good in ((printed.stdout, True), (broken, False)):
        unit.write_text(text)
        verified = subprocess.run([program, "verify", "--man=no", unit], capture_output=True, text=True, timeout=60)
        # An installed program stands beside Python; here it need not.
        said = [line for line in verified.stderr.splitlines() if str(unit) in line and "not executable" not in line]
        assert (said == []) is is_good, said
    assert "AmbientCapabilities=CAP_NET_BIND_SERVICE" in printed.stdout
