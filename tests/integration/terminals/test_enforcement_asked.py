"""The `enforcement` commands against what the server told: what waits, the list, codes, and an end that is reached."""

import json
from pathlib import Path

import pytest

from terminals.enforcement import known
from terminals.enforcement.outbox import Answered, Outbox
from terminals.master.reserve import Reserve
from tests.integration.terminals.footage import device
from tests.integration.terminals.test_enforcement_commands import command
from tests.unit.terminals.enforcement.told import choices, detail, entry, line, step, told

pytestmark = pytest.mark.timeout(180)
OPEN = (
    "open", "--kind", "penalty", "--item", "CF-03-001", "--officer", "A001", "--officer", "A002", "--party", "某商店",
    "--place", "中山路1号",
)  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    device().write(tmp_path / "key.json")
    own = f"master:\n  folder: {tmp_path / 'master'}\n  reserve_hours: 0.01\n"
    (tmp_path / "terminal.yaml").write_text(f"server:\n  device_key_file: {tmp_path / 'key.json'}\n{own}")
    return tmp_path


def outbox_of(folder: Path) -> Outbox:
    return Outbox(folder / "master" / "enforcement")


def test_what_the_centre_opened_is_shown_and_begun(folder: Path) -> None:
    outbox = outbox_of(folder)
    known.keep(outbox.folder, told(None, entry("one"), entry("two")))
    known.keep(outbox.folder, choices(step("inform"), step("seizure", 2, required=False)))
    shown = command(folder, "show").stdout
    assert "待开始 waits for its begin: one  事项  某街1号" in shown and "two" in shown
    which = command(folder, "begin", "--reason", "紧急")
    assert which.returncode == 2 and "--id" in which.stderr and "one, two" in which.stderr
    begun = command(folder, "begin", "--reason", "紧急", "--id", "two")
    assert begun.returncode == 0, begun.stderr
    assert known.course(outbox).enforcement == "two" and Reserve(folder / "master").bytes > 0
    shown = command(folder, "show").stdout
    assert "inform" in shown and "seizure" in shown, "the whole list"
    assert command(folder, "cancel", "--id", "one", "--reason", "选错了").returncode == 2, "only while nothing runs"


def test_a_walk_ends_and_the_list_comes_before_the_reason(folder: Path) -> None:
    outbox = outbox_of(folder)
    known.keep(outbox.folder, choices(step("inform", 1), step("serve", 2), step("sign", 3)))
    assert command(folder, *OPEN, "--lat", "38.1", "--lon", "114.5", "--terminal", "T1302").returncode == 0
    body = outbox.all()[0].body
    assert (body["position"], body["terminals"]) == ({"lat": 38.1, "lon": 114.5}, ["T1302"])
    assert command(folder, "begin", "--reason", "紧急").returncode == 0
    wrong = command(folder, "step", "infrom")
    assert wrong.returncode == 2 and "inform, serve, sign" in wrong.stderr
    assert command(folder, "step", "inform", "--end").returncode == 2, "it does not run"
    assert command(folder, "step", "inform").returncode == 0
    assert command(folder, "step", "inform").returncode == 2, "it runs already"
    lacking = command(folder, "finish")
    assert lacking.returncode == 2 and "serve" in lacking.stdout and "inform" not in lacking.stdout
    wrong = command(folder, "finish", "--missing", "servve=拒收", "--missing", "sign=拒签", "--reason", "完成")
    assert wrong.returncode == 2 and "servve" in wrong.stderr and "已结束" not in wrong.stdout
    why = ("--missing", "serve=当事人拒收", "--missing", "sign=当事人拒签")
    unexplained = command(folder, "finish", *why)
    assert unexplained.returncode == 2 and "--reason" in unexplained.stderr
    assert known.course(outbox).state == "under_way"
    assert command(folder, "finish", *why, "--reason", "检查完毕").returncode == 0
    assert known.course(outbox).state == "finished"


def test_what_the_server_did_not_take_is_said_loudly(folder: Path) -> None:
    outbox = outbox_of(folder)
    assert command(folder, *OPEN).returncode == 0
    assert command(folder, "begin", "--reason", "紧急").returncode == 0
    opening, begin = outbox.all()
    outbox.answered(Answered(opening.key, 200, utc_us=1))
    outbox.answered(Answered(begin.key, 409, "terminal_busy in words", waits=True))
    known.keep(outbox.folder, told(detail("other", lines=(line("inform"),)), at=5))
    shown = command(folder, "show").stdout
    assert "under_way" in shown and "MIND" in shown and "other" in shown and "terminal_busy in words" in shown


def test_a_clock_that_was_set_back_puts_no_step_before_the_begin(folder: Path) -> None:
    assert command(folder, *OPEN).returncode == 0
    outbox = outbox_of(folder)
    opened_us = outbox.all()[0].utc_us
    (folder / "master" / "clock-offset").write_text(str(3_600_000_000))  # this clock was an hour ahead
    assert command(folder, "begin", "--reason", "紧急").returncode == 0
    assert outbox.all()[1].utc_us == opened_us


def test_an_opening_forgets_only_what_the_server_has_told_of_since(folder: Path) -> None:
    outbox = outbox_of(folder)
    assert command(folder, *OPEN).returncode == 0
    assert command(folder, "begin", "--reason", "紧急").returncode == 0
    assert command(folder, "finish", "--reason", "完成").returncode == 0
    opening, begin, finish = outbox.all()
    known.keep(outbox.folder, told(detail(opening.enforcement), at=100))
    for said, answer in ((opening, (200, 50)), (begin, (409, 0)), (finish, (200, 150))):
        outbox.answered(Answered(said.key, answer[0], "in words", answer[1]))
    assert command(folder, *OPEN).returncode == 0
    assert [said.what for said in outbox.all()] == ["finish", "open"]
    assert known.course(outbox).state == "opened", "the older word does not bring it back"
    refused = [json.loads(one) for one in (outbox.folder / "refused.jsonl").read_text("utf-8").splitlines()]
    assert [(one["what"], one["answer"]["words"]) for one in refused] == [("begin", "in words")]
