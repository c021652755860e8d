"""The `enforcement` commands: said here and now, with or without a network, beside the running agent."""

import asyncio
import contextlib
import sys
from pathlib import Path
from typing import Annotated, Any

import httpx2
import typer
from pydantic import ValidationError

from dispatch_server.kit.errors import LocalFault
from dispatch_server.kit.ids import RANDOM_BYTES, uuid7
from dispatch_server.protocol import enforcement as words
from terminals import world
from terminals.enforcement import checklist, known
from terminals.enforcement.desk import Desk
from terminals.enforcement.outbox import Answered
from terminals.enforcement.shown import loud, shown
from terminals.whip import Refused

enforcement = typer.Typer(no_args_is_help=True, help="执法全过程 / One enforcement, from its opening to its end.")
Config = Annotated[Path, typer.Option(help="File with the settings.")]
CONFIG = Path("config/terminal.yaml")
Reason = Annotated[str, typer.Option(help="原因 / Why.")]
Which = Annotated[str, typer.Option("--id", help="哪一次，见 show / Which one, of those that `show` lists.")]


@enforcement.command("open")
def open_(
    kind: Annotated[str, typer.Option(help="penalty, licensing, compulsion, inspection or expropriation.")],
    item: Annotated[str, typer.Option(help="事项编码 / Code of the item.")],
    officer: Annotated[list[str], typer.Option(help="执法证号，至少两名 / Certificate number, twice at least.")],
    party: Annotated[str, typer.Option(help="当事人 / The party's name.")],
    place: Annotated[str, typer.Option(help="地点 / Where.")],
    person: Annotated[bool, typer.Option(help="当事人是自然人 / The party is a natural person.")] = False,
    identifier: Annotated[str, typer.Option(help="证件号 / Number of the party's identity.")] = "",
    lat: Annotated[float | None, typer.Option(help="纬度，WGS-84 / Latitude.")] = None,
    lon: Annotated[float | None, typer.Option(help="经度，WGS-84 / Longitude.")] = None,
    terminal: Annotated[list[str] | None, typer.Option(help="其他参加的终端 / Other terminals that take part.")] = None,
    config: Config = CONFIG,
) -> None:
    """开案 / Open one; it may begin at once or later."""
    with _AtDesk(config) as desk:
        identity = uuid7(desk.utc_us() // 1000, world.chance(RANDOM_BYTES))
        who = {"kind": "person" if person else "organisation", "name": party, "identifier": identifier}
        body = {"id": identity, "kind": kind, "item": item, "officers": officer, "party": who, "place": place}
        if lat is not None or lon is not None:
            body["position"] = {"lat": lat, "lon": lon}
        desk.say("open", words.EnforcementOpen, body | {"terminals": terminal or []})
        sys.stdout.write(f"已开案 / opened: {identity}\n")


@enforcement.command()
def begin(reason: Reason = "", which: Which = "", config: Config = CONFIG) -> None:
    """开始 / Look at battery, space and clock, set space aside, and record under it from now on."""
    with _AtDesk(config) as desk:
        course = desk.not_begun("begin", which)
        check, found = desk.check()
        for finding in found:
            sys.stdout.write(f"{finding.line()}\n")
        warned = [finding for finding in found if finding.verdict != "ok"]
        if warned and not reason:
            _stop("以上提示未解决：处理后再开始，或用 --reason 说明原因 / mend it, or say why with --reason")
        if short := desk.reserve(reason):
            sys.stderr.write(f"{short}\n")
        body = {"check": check.model_dump(exclude_none=True), "reason": reason}
        desk.say("begin", words.EnforcementBegin, body, course)
        sys.stdout.write("已开始，正在录像 / it has begun\n")


@enforcement.command()
def step(
    code: Annotated[str, typer.Argument(help="环节编码 / Code of the step, as `show` lists them.")],
    end: Annotated[bool, typer.Option("--end", help="环节结束 / It ends.")] = False,
    config: Config = CONFIG,
) -> None:
    """环节 / A step of the required-recording list begins, or ends."""
    with _AtDesk(config) as desk:
        course = desk.course()
        course.may("steps")
        checklist.may_take(course, desk.lines(course), code, end)
        desk.say("steps", words.EnforcementStep, {"step": code, "what": "end" if end else "begin"}, course)
        sys.stdout.write(f"{code}: {'结束 / ends' if end else '开始 / begins'}\n")


@enforcement.command()
def mark(
    text: str,
    important: Annotated[bool, typer.Option("--important", help="重要 / Important.")] = False,
    config: Config = CONFIG,
) -> None:
    """标记 / A word at this moment of the recording."""
    with _AtDesk(config) as desk:
        desk.say("marks", words.EnforcementMark, {"text": text, "important": important})


@enforcement.command()
def pause(reason: Reason = "", config: Config = CONFIG) -> None:
    """中断 / Interrupt it: needs a reason."""
    with _AtDesk(config) as desk:
        _need(reason, "中断原因 / a reason: --reason")
        desk.say("pause", words.EnforcementPause, {"reason": reason})


@enforcement.command()
def resume(reason: Reason = "", config: Config = CONFIG) -> None:
    """恢复 / Go on: asks why it was interrupted and goes on."""
    with _AtDesk(config) as desk:
        reason = reason or (typer.prompt("恢复原因 / why does it go on") if sys.stdin.isatty() else "")
        _need(reason, "恢复原因 / a reason: --reason")
        desk.say("resume", words.EnforcementResume, {"reason": reason})


@enforcement.command()
def finish(
    reason: Reason = "",
    missing: Annotated[
        list[str] | None, typer.Option(help="未录环节=原因 / step=reason, for each that is not recorded.")
    ] = None,
    config: Config = CONFIG,
) -> None:
    """结束 / End it: shows first what of the list is not recorded."""
    with _AtDesk(config) as desk:
        course = desk.course()
        course.may("finish")
        given, lines = checklist.reasons_of(missing or []), desk.lines(course)
        checklist.known(lines, given)
        lacking = [line for line in lines or [] if line.is_lacking and line.step.code not in given]
        for line in lacking:
            sys.stdout.write(f"{line.shown()}\n")
        if lacking:
            _stop("请补录，或逐项说明 --missing 环节=原因 / record them, or give a reason for each")
        _need(reason, "结束原因 / a reason: --reason")
        reasons = [{"step": code, "reason": why} for code, why in given.items()]
        desk.say("finish", words.EnforcementFinish, {"reason": reason, "missing": reasons}, course)
        sys.stdout.write("已结束 / it is finished\n")


@enforcement.command()
def cancel(reason: Reason = "", which: Which = "", config: Config = CONFIG) -> None:
    """撤销 / Take back one that has not begun."""
    with _AtDesk(config) as desk:
        course = desk.not_begun("cancel", which)
        _need(reason, "撤销原因 / a reason: --reason")
        desk.say("cancel", words.EnforcementCancel, {"reason": reason}, course)


@enforcement.command()
def show(config: Config = CONFIG) -> None:
    """查看 / How it stands, the list with what is unrecorded, what waits for its begin, and for a network."""
    with _AtDesk(config, delivers=False) as desk:
        course, outbox = desk.course(), desk.outbox
        told = known.current(outbox.folder)
        found = shown(course, desk.lines(course), outbox.all(), outbox.answers(), told)
        sys.stdout.write("".join(f"{line}\n" for line in found))


class _AtDesk:
    """Says the mistakes in words, and delivers at the end when no agent runs that would."""

    def __init__(self, config: Path, delivers: bool = True) -> None:
        self._delivers = delivers
        try:
            self._desk = Desk.at(config)
        except LocalFault as wrong:
            _stop(wrong.sentence)

    def __enter__(self) -> Desk:
        return self._desk

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, ValidationError):
            for one in error.errors():
                sys.stderr.write(f"{'.'.join(map(str, one['loc']))}: {one['msg']}\n")
            raise typer.Exit(2) from None
        if isinstance(error, LocalFault):
            _stop(error.sentence)
        if error is None and self._delivers and not self._desk.agent_runs():
            with contextlib.suppress(Refused, httpx2.HTTPError, OSError):
                self._tell(asyncio.run(self._desk.deliver()))

    def _tell(self, answers: list[Answered]) -> None:
        """What the server did not take, loudly: what was said here counts all the same, or is asked again."""
        for answer in answers:
            if not answer.is_taken:
                sys.stderr.write(f"{answer.words}\n")
        for line in loud(self._desk.course()):
            sys.stderr.write(f"{line}\n")
        if any(not answer.is_taken and not answer.waits for answer in answers):
            raise typer.Exit(2)


def _need(text: str, words_: str) -> None:
    if len(text.strip()) < 2:
        _stop(f"必须填写{words_}")


def _stop(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
    raise typer.Exit(2)
