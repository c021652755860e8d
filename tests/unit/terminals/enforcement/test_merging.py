"""What counts of what was said here and what the server told: every combination of them."""

from itertools import product
from typing import Any

import pytest

from dispatch_server.protocol.enforcement_views import CurrentEnforcement
from terminals.enforcement.course import RUNS, Course, State
from terminals.enforcement.merging import merged
from terminals.enforcement.outbox import Answered, Said
from tests.unit.terminals.enforcement.told import detail, entry, line, said, told

TOLD_AT = 100
TELLINGS: dict[str, CurrentEnforcement | None] = {
    "never": None,
    "gone": told(),
    "opened": told(None, entry()),
    "under_way": told(detail()),
    "paused": told(detail(paused=True)),
    "another": told(detail("other")),
}
ANSWERS: dict[str, Answered | None] = {
    "unanswered": None,
    "waits": Answered("", 409, "not yet", waits=True),
    "taken before": Answered("", 200, utc_us=TOLD_AT - 1),
    "taken after": Answered("", 200, utc_us=TOLD_AT + 1),
    "refused": Answered("", 409, "no"),
}
NOT_TAKEN = ("unanswered", "waits", "refused")
STORIES = (
    ("open",), ("open", "cancel"), ("open", "begin"), ("open", "begin", "pause"), ("open", "begin", "pause", "resume"),
    ("open", "begin", "finish"),
)  # fmt: skip
N, A, U, P, F, C, G = (
    State.NONE, State.OPENED, State.UNDER_WAY, State.PAUSED, State.FINISHED, State.CANCELLED, State.OVER,
)  # fmt: skip


def answered(story: tuple[Said, ...], *words: str) -> dict[str, Answered]:
    found = {}
    for one, word in zip(story, words, strict=True):
        answer = ANSWERS[word]
        if answer is not None:
            found[one.key] = Answered(one.key, answer.status, answer.words, answer.utc_us, answer.waits)
    return found


def course(commands: tuple[str, ...], words: tuple[str, ...], telling: str) -> Course:
    story = tuple(said(what, kind="penalty") for what in commands)
    return merged(story, answered(story, *words), TELLINGS[telling])


# A: opened and awaiting its begin. What is told, by the column: never, gone, opened, under_way, paused.
OWN = [
    (("open",), ("unanswered",), (A, A, A, U, P)),
    (("open",), ("waits",), (A, A, A, U, P)),
    (("open",), ("taken before",), (A, G, A, U, P)),
    (("open",), ("taken after",), (A, A, A, U, P)),
    (("open",), ("refused",), (N, N, A, U, P)),
    (("open", "cancel"), ("taken before", "unanswered"), (C, G, C, U, P)),
    (("open", "cancel"), ("taken before", "taken before"), (C, G, A, U, P)),
    (("open", "cancel"), ("taken before", "taken after"), (C, G, C, U, P)),
    (("open", "cancel"), ("taken before", "refused"), (A, G, A, U, P)),
    (("open", "begin"), ("unanswered", "unanswered"), (U, U, U, U, P)),
    (("open", "begin"), ("waits", "unanswered"), (U, U, U, U, P)),
    (("open", "begin"), ("refused", "refused"), (U, U, U, U, P)),
    (("open", "begin"), ("taken before", "unanswered"), (U, U, U, U, P)),
    (("open", "begin"), ("taken before", "waits"), (U, U, U, U, P)),
    (("open", "begin"), ("taken before", "refused"), (U, U, U, U, P)),
    (("open", "begin"), ("taken before", "taken before"), (U, G, G, U, P)),
    (("open", "begin"), ("taken before", "taken after"), (U, U, U, U, P)),
    (("open", "begin"), ("taken after", "taken after"), (U, U, U, U, P)),
    (("open", "begin", "pause"), ("taken before", "taken before", "unanswered"), (P, G, G, P, P)),
    (("open", "begin", "pause"), ("taken before", "taken before", "taken before"), (P, G, G, U, P)),
    (("open", "begin", "pause"), ("taken before", "taken before", "taken after"), (P, G, G, P, P)),
    (("open", "begin", "pause"), ("taken before", "taken before", "refused"), (U, G, G, U, P)),
    (("open", "begin", "pause"), ("taken before", "refused", "refused"), (P, P, P, U, P)),
    (("open", "begin", "finish"), ("taken before", "taken before", "unanswered"), (F, G, G, F, F)),
    (("open", "begin", "finish"), ("taken before", "taken before", "waits"), (F, G, G, F, F)),
    (("open", "begin", "finish"), ("taken before", "taken before", "taken before"), (F, G, G, U, P)),
    (("open", "begin", "finish"), ("taken before", "taken before", "taken after"), (F, G, G, F, F)),
    (("open", "begin", "finish"), ("taken before", "taken before", "refused"), (U, G, G, U, P)),
    (("open", "begin", "finish"), ("taken before", "refused", "refused"), (F, F, F, U, P)),
    (("open", "begin", "finish"), ("unanswered", "unanswered", "unanswered"), (F, F, F, F, F)),
    (("open", "begin", "finish"), ("refused", "refused", "refused"), (F, F, F, U, P)),
]  # fmt: skip
# Opened by the centre; told: gone, opened, under_way, paused.
OTHERS = [
    ((), (), (N, N, U, P)),
    (("begin",), ("unanswered",), (U, U, U, P)),
    (("begin",), ("waits",), (U, U, U, P)),
    (("begin",), ("refused",), (U, U, U, P)),
    (("begin",), ("taken before",), (G, G, U, P)),
    (("begin",), ("taken after",), (U, U, U, P)),
    (("cancel",), ("unanswered",), (G, C, U, P)),
    (("cancel",), ("refused",), (G, A, U, P)),
    (("pause",), ("unanswered",), (G, A, P, P)),
    (("pause",), ("taken before",), (G, A, U, P)),
    (("pause",), ("taken after",), (G, A, P, P)),
    (("pause",), ("refused",), (G, A, U, P)),
    (("finish",), ("unanswered",), (G, A, F, F)),
    (("finish",), ("taken before",), (G, A, U, P)),
    (("finish",), ("taken after",), (G, A, F, F)),
    (("finish",), ("refused",), (G, A, U, P)),
    (("begin", "finish"), ("refused", "refused"), (F, F, U, P)),
    (("begin", "finish"), ("taken before", "taken after"), (G, G, F, F)),
]  # fmt: skip


@pytest.mark.parametrize(("commands", "words", "states"), OWN)
def test_one_that_was_opened_here(commands: Any, words: Any, states: Any) -> None:
    columns = ("never", "gone", "opened", "under_way", "paused")
    assert tuple(course(commands, words, telling).state for telling in columns) == states


@pytest.mark.parametrize(("commands", "words", "states"), OTHERS)
def test_one_that_the_centre_opened(commands: Any, words: Any, states: Any) -> None:
    columns = ("gone", "opened", "under_way", "paused")
    assert tuple(course(commands, words, telling).state for telling in columns) == states


def everything() -> Any:
    for commands in STORIES:
        yield from product((commands,), product(ANSWERS, repeat=len(commands)), TELLINGS)


def test_no_answer_ends_what_was_begun_here() -> None:
    tried = 0
    for commands, words, telling in everything():
        if "begin" in commands and "finish" not in commands and words[1] in NOT_TAKEN:
            found = course(commands, words, telling)
            tried += 1
            assert found.state in RUNS and found.enforcement == "e", (commands, words, telling)
            denied = {"waits", "refused"} & set(words[:2])
            assert found.heard is (telling in ("under_way", "paused") or not denied)
    assert tried > 400


def test_the_servers_word_counts_when_it_is_newer() -> None:
    expected = {"gone": G, "opened": A, "under_way": U, "paused": P}
    for commands, telling in product(STORIES, expected):
        if telling == "opened" and "begin" in commands:
            continue  # it never goes back
        found = course(commands, ("taken before",) * len(commands), telling)
        assert found.state is expected[telling], (commands, telling)


def test_a_finish_that_was_said_is_not_undone_by_an_older_word() -> None:
    for words, telling in product(product(ANSWERS, repeat=3), TELLINGS):
        if words[1] != "refused" and words[2] in ("unanswered", "waits", "taken after"):
            found = course(("open", "begin", "finish"), words, telling)
            assert found.enforcement == "other" or found.state not in RUNS, (words, telling)


def test_steps_are_the_servers_with_what_was_said_since() -> None:
    lines = (
        line("show", "recorded"), line("inform", "running"), line("serve", "excused", "停电"), line("sign"),
        line("seal", taken=True),
    )  # fmt: skip
    story = (
        said("steps", "s1", step="inform", what="end"), said("steps", "s2", step="sign", what="begin"),
        said("steps", "s3", step="show", what="begin"), said("steps", "s4", step="seal", what="begin"),
    )  # fmt: skip
    answers = answered(story, "taken after", "unanswered", "taken before", "refused")
    found = merged(story, answers, told(detail(lines=lines)))
    assert (found.taken, found.running, found.excused) == ({"show", "inform", "seal"}, {"sign"}, {"serve"})


def test_what_waits_is_listed_but_not_what_was_taken_in_hand() -> None:
    both = told(None, entry("one"), entry("two", kind="inspection"))
    found = merged((), {}, both)
    assert [one.enforcement for one in found.waiting] == ["one", "two"] and found.state is State.NONE
    begun = merged((said("begin", of="two"),), {}, both)
    assert (begun.enforcement, begun.state, begun.kind) == ("two", State.UNDER_WAY, "inspection")
    assert [one.enforcement for one in begun.waiting] == ["one"]
    taken_back = merged((said("cancel", of="one"),), {}, both)
    assert [one.enforcement for one in taken_back.waiting] == ["two"]


def test_what_waits_does_not_keep_a_team_from_opening_its_own() -> None:
    course = merged((), {}, told(None, entry("centre")))
    course.may("open")


def test_what_was_begun_here_goes_before_what_the_server_has_under_way() -> None:
    story = (said("open", kind="penalty"), said("begin"))
    found = course(("open", "begin"), ("taken before", "waits"), "another")
    assert (found.enforcement, found.heard, found.elsewhere) == ("e", False, "other")
    finished = merged((*story, said("finish")), {}, TELLINGS["another"])
    assert (finished.enforcement, finished.state, finished.elsewhere) == ("other", State.UNDER_WAY, "")


def test_one_that_was_begun_again_after_a_refusal_counts_from_there() -> None:
    story = (said("open"), said("begin"), said("finish"), said("begin", "b2"))
    answers = answered(story, "taken before", "refused", "refused", "taken after")
    found = merged(story, answers, told(None, entry()))
    assert (found.state, found.heard) == (State.UNDER_WAY, True)
