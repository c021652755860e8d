"""What counts now, of what was said here and what the server told: the one place where both come together (pure)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from dispatch_server.protocol.enforcement_views import CurrentEnforcement, EnforcementDetail
from terminals.enforcement.course import ELSEWHERE, LIFE, RUNS, Course, State, Waiting
from terminals.enforcement.outbox import Answered, Said


def merged(said: Sequence[Said], answers: Mapping[str, Answered], told: CurrentEnforcement | None) -> Course:
    """
    The server's word counts for all that it had taken when it told; what was said here and is not in that comes on
    top; what it refused counts for nothing. But a begin that it did not take has happened: that enforcement goes on
    until somebody here says that it is finished. `told`: None when nothing was ever heard.
    """
    ledger = _Ledger(answers, told)
    identities = list(dict.fromkeys(one.enforcement for one in said))
    if told is not None and told.enforcement is not None and told.enforcement.id not in identities:
        identities.insert(0, told.enforcement.id)
    courses = [ledger.course(one, [command for command in said if command.enforcement == one]) for one in identities]
    chosen = _chosen(courses, ledger.under_way)
    others = {one.enforcement for one in courses if one.state is not State.OPENED} | {chosen.enforcement}
    chosen.waiting = tuple(one for one in ledger.waiting.values() if one.enforcement not in others)
    if chosen.enforcement != ledger.under_way and chosen.state in RUNS:
        chosen.elsewhere = next((one.enforcement for one in courses if ledger.runs_there(one)), "")
    return chosen


def _chosen(courses: Sequence[Course], under_way: str) -> Course:
    """What runs, and was begun here later than the server told; then what runs there; then what was opened here."""
    runs = [one for one in courses if one.state in RUNS]
    begun_here = [one for one in runs if one.enforcement != under_way]
    opened = [one for one in courses if one.state is State.OPENED]
    for those in (begun_here, runs, opened):
        if those:
            return those[-1]
    return courses[-1] if courses else Course()


@dataclass(frozen=True, slots=True)
class _Ledger:
    answers: Mapping[str, Answered]
    told: CurrentEnforcement | None

    @property
    def under_way(self) -> str:
        return self.told.enforcement.id if self.told is not None and self.told.enforcement is not None else ""

    @property
    def waiting(self) -> dict[str, Waiting]:
        those = self.told.waiting if self.told is not None else []
        return {one.id: Waiting(one.id, one.kind, one.item_name, one.place, one.opened_utc_us) for one in those}

    def runs_there(self, course: Course) -> bool:
        return course.enforcement == self.under_way and course.state in RUNS

    def course(self, identity: str, own: Sequence[Said]) -> Course:
        if self.told is not None and self.told.enforcement is not None and identity == self.under_way:
            return _after(_told(self.told.enforcement), [one for one in own if self._is_news(one)])
        since_begin = own[max((at for at, one in enumerate(own) if one.what == "begin"), default=len(own)) :]
        if not since_begin:
            return self._not_begun(identity, own)
        opened = replace(self._opened(identity, own), state=State.OPENED)
        if not self._is_taken(since_begin[0]):
            return replace(_after(opened, since_begin), heard=not self._is_denied(own))
        if self._is_news(since_begin[0]):
            return _after(opened, [one for one in since_begin if self._is_news(one)])
        return replace(opened, state=LIFE.after(State.UNDER_WAY, ELSEWHERE))

    def _not_begun(self, identity: str, own: Sequence[Said]) -> Course:
        news = [one for one in own if self._is_news(one)]
        if identity in self.waiting:
            return _after(self._opened(identity, own), news)
        opening = next((one for one in own if one.what == "open"), None)
        if opening is None or self._is_contained(opening):
            return Course(identity, LIFE.after(State.OPENED, ELSEWHERE))
        return _after(Course(identity), news)

    def _opened(self, identity: str, own: Sequence[Said]) -> Course:
        waiting = self.waiting.get(identity)
        opening = next((one for one in own if one.what == "open"), None)
        kind = waiting.kind if waiting is not None else str(opening.body.get("kind", "")) if opening else ""
        return Course(identity, State.OPENED, kind)

    def _is_denied(self, own: Sequence[Said]) -> bool:
        """The server was asked, and did not take its opening or its begin."""
        those = [self.answers[one.key] for one in own if one.what in ("open", "begin") and one.key in self.answers]
        return any(not answer.is_taken for answer in those)

    def _is_taken(self, said: Said) -> bool:
        answer = self.answers.get(said.key)
        return answer is not None and answer.is_taken

    def _is_contained(self, said: Said) -> bool:
        """The server had taken it when it told."""
        answer = self.answers.get(said.key)
        is_told = self.told is not None and answer is not None and answer.utc_us <= self.told.server_utc_us
        return is_told and self._is_taken(said)

    def _is_news(self, said: Said) -> bool:
        """It is neither refused nor in what the server told."""
        answer = self.answers.get(said.key)
        return answer is None or answer.waits or (answer.is_taken and not self._is_contained(said))


def _told(one: EnforcementDetail) -> Course:
    lines = one.checklist
    return Course(
        one.id,
        State.PAUSED if one.paused else State.UNDER_WAY,
        one.kind,
        running={line.step.code for line in lines if line.standing == "running"},
        taken={line.step.code for line in lines if line.taken},
        excused={line.step.code for line in lines if line.reason},
    )


def _after(course: Course, said: Sequence[Said]) -> Course:
    for one in said:
        course.take(one)
    return course
