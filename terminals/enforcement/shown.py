"""How an enforcement stands, in lines for people: what the server did not take stands first."""

from collections.abc import Iterator, Mapping, Sequence

from dispatch_server.protocol.enforcement_views import CurrentEnforcement, EnforcementEntry
from terminals.enforcement.checklist import Line
from terminals.enforcement.course import RUNS, Course, State
from terminals.enforcement.outbox import Answered, Said


def shown(
    course: Course, lines: Sequence[Line] | None, said: Sequence[Said], answers: Mapping[str, Answered],
    told: CurrentEnforcement | None,
) -> Iterator[str]:  # fmt: skip
    yield f"状态 state: {course.state}  {course.enforcement}".rstrip()
    yield from loud(course)
    yield from _faults(course, told)
    if course.state in RUNS:
        yield from _list(lines)
    for other in course.waiting:
        yield f"待开始 waits for its begin: {other.enforcement}  {other.item}  {other.place}"
    unsent = [one for one in said if one.key not in answers or answers[one.key].waits]
    if unsent:
        yield f"待发送 waiting for delivery: {len(unsent)}"
    for one in said:
        answer = answers.get(one.key)
        if answer is not None and answer.waits:
            yield f"服务器暂未接受，将自动重发 not taken yet, asked again: {one.what}: {answer.words}"
        elif answer is not None and not answer.is_taken:
            yield f"服务器未接受 refused by the server: {one.what}: {answer.words}"


def loud(course: Course) -> Iterator[str]:
    """Where this terminal and the server do not agree."""
    if course.state in RUNS and not course.heard:
        zh = "注意：服务器尚未接受其开始，录像照常进行，直到在此说明结束"
        yield f"{zh} / MIND: the server has not taken its begin; it is recorded all the same until it is finished here"
    if course.state is State.OVER:
        yield "已在服务器上结束或撤销 / it was ended or taken back at the server"
    if course.elsewhere:
        zh = f"注意：服务器上本终端正在执行另一次执法 {course.elsewhere}"
        yield f"{zh} / MIND: the server has another one under way for this terminal"


def _faults(course: Course, told: CurrentEnforcement | None) -> Iterator[str]:
    those: list[EnforcementEntry] = list(told.waiting) if told is not None else []
    if told is not None and told.enforcement is not None:
        those.append(told.enforcement)
    for one in those:
        for fault in one.faults if one.id == course.enforcement else []:
            yield f"问题 recorded with a fault: {fault.code} {fault.detail}".rstrip()


def _list(lines: Sequence[Line] | None) -> Iterator[str]:
    if lines is None:
        yield "记录事项清单尚未取得 / the list of steps is not known here yet"
    for line in lines or ():
        yield line.shown()
