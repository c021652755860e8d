"""Every state table is sound: all states reachable, each final or with a way out, and drawn as it is."""

from pathlib import Path

import pytest

from dispatch_server.kit.states import StateTable
from scripts import draw_states, generate
from scripts.draw_states import Life

BAD = StateTable(first="a", moves={("a", "go"): "b", ("lost", "go"): "end"}, final=frozenset({"end"}))


def test_there_are_tables_to_look_at() -> None:
    assert "dispatch_server.live.model" in {life.module for life in draw_states.lives()}


@pytest.mark.parametrize("life", draw_states.lives(), ids=lambda life: f"{life.module}.{life.name}")
def test_every_table_is_sound(life: Life) -> None:
    assert life.table.flaws() == ()


def test_the_drawings_are_current() -> None:
    wanted = {draw_states.DRAWINGS / life.file_name: draw_states.drawing(life) for life in draw_states.lives()}
    assert generate.outdated(wanted) == [], "cure: make types"


def test_a_table_with_flaws_is_seen() -> None:
    assert BAD.flaws() == (
        "b has no way out but is not final",
        "end cannot be reached",
        "lost cannot be reached",
    )


def test_a_drawing_that_is_old_missing_or_without_a_table_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draw_states, "DRAWINGS", tmp_path)
    picture = draw_states.drawing(Life("dispatch_server.x.model", "LIFE", BAD))
    old, missing, orphan = (tmp_path / name for name in ("old.svg", "missing.svg", "orphan.svg"))
    old.write_text(picture.replace(">a<", ">A<"))
    orphan.write_text(picture)
    assert generate.outdated({old: picture, missing: picture}) == [missing, old, orphan]


def test_a_drawing_names_every_state_and_event() -> None:
    picture = draw_states.drawing(Life("dispatch_server.x.model", "LIFE", BAD))
    assert all(f">{word}<" in picture for word in ("a", "b", "lost", "end", "go"))
