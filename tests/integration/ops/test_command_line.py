"""The command line as a process: it starts, says when it is ready, ends on a signal, and names what is wrong."""

import json
import signal
from collections.abc import Callable
from pathlib import Path
from urllib.request import urlopen

import pytest

from dispatch_server import __version__
from tests.integration.ops.program import ROOT, STOP_S, ready, run, serving

pytestmark = pytest.mark.timeout(240)  # each test starts whole programs


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_starts_answers_and_ends_on_a_signal(tmp_path: Path, number: signal.Signals) -> None:
    with serving(tmp_path, "dev", "--port", "0") as process:
        url = ready(tmp_path, process)
        with urlopen(f"{url}/readyz", timeout=10) as answer:
            assert json.load(answer)["ready"] is True
        process.send_signal(number)
        assert process.wait(STOP_S) == 0
    texts = (tmp_path / "log").read_text()
    assert "Traceback" not in texts
    assert (tmp_path / "var").stat().st_mode & 0o077 == 0
    token = (tmp_path / "var" / "keys" / "metrics_token").read_text()
    assert token not in texts


def test_a_port_that_is_taken_is_named(tmp_path: Path, free_port: Callable[[], int]) -> None:
    port = free_port()
    with serving(tmp_path, "dev", "--port", str(port)) as process:
        ready(tmp_path, process)
        other = tmp_path / "other"
        other.mkdir()
        second = run(other, "dev", "--port", str(port))
    assert second.returncode == 2
    assert f"127.0.0.1:{port}" in second.stderr
    assert "Traceback" not in second.stderr


def test_wrong_settings_are_named_and_nothing_is_made(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("server:\n  prot: 80\n")
    outcome = run(tmp_path, "serve", "--config", "a.yaml")
    assert outcome.returncode == 2
    assert "a.yaml, line 2: server.prot" in outcome.stderr
    assert not (tmp_path / "var").exists()


def test_settings_can_be_checked_alone(tmp_path: Path) -> None:
    outcome = run(tmp_path, "serve", "--check-config")
    assert (outcome.returncode, outcome.stdout) == (0, "The settings are good.\n")
    assert not (tmp_path / "var").exists()


def test_the_document_of_the_api_is_printed_without_opening_anything(tmp_path: Path) -> None:
    outcome = run(tmp_path, "openapi")
    document = json.loads(outcome.stdout)
    assert document["info"]["version"] == __version__
    assert "/healthz" in document["paths"]
    assert not (tmp_path / "var").exists()


def test_the_settings_file_is_printed(tmp_path: Path) -> None:
    assert run(tmp_path, "settings").stdout == (ROOT / "config" / "server.yaml").read_text()


def test_the_doctor_names_a_cure_and_says_so_by_its_exit(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    outcome = run(tmp_path, "doctor", DISPATCH__ARCHIVE__FOLDER=str(tmp_path / "file" / "archive"))
    assert outcome.returncode == 1
    assert "  MEND  本机 here: 归档目录" in outcome.stdout
    assert "the archive folder" in outcome.stdout and "处理 cure:" in outcome.stdout


def test_a_failing_start_leaves_a_sentence_and_a_code(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "dispatch.sqlite3").write_bytes(b"nonsense" * 1000)
    outcome = run(tmp_path, "dev", "--port", "0")
    assert outcome.returncode == 2
    assert "damaged" in outcome.stderr
    assert "Traceback" not in outcome.stderr


@pytest.mark.parametrize("command", ["serve", "dev"])
def test_development_is_no_way_around_what_serving_demands(tmp_path: Path, command: str) -> None:
    development = {"DISPATCH__SERVER__MODE": "development"}
    outcome = run(tmp_path, command, DISPATCH__OPS__METRICS_TOKEN="changeme", **development)
    assert (outcome.returncode, "ops.metrics_token" in outcome.stderr) == (2, True)
    outcome = run(tmp_path, command, DISPATCH__SERVER__HOST="0.0.0.0", **development)
    assert (outcome.returncode, "loopback only" in outcome.stderr) == (2, True)
    assert not (tmp_path / "var").exists()
