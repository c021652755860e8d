"""docs/protocol.md names every path, action, refusal and event of this room."""

from pathlib import Path

from dispatch_server.kit.errors import Refusal
from dispatch_server.org import actions, refusals
from dispatch_server.org.certificates import MayNotAct
from dispatch_server.org.clerk import ClerkBusy
from dispatch_server.org.model import KINDS, OrganisationChanged
from dispatch_server.org.tree import MoveRefused
from tests.integration.org.rig import Rig

PAPER = Path("docs/protocol.md").read_text(encoding="utf-8")


def test_every_path_is_in_the_paper(empty: Rig) -> None:
    paths = [path for path in empty.app.openapi()["paths"] if path.startswith("/api/v1/org/")]
    assert len(paths) == 13
    assert [path for path in paths if path not in PAPER] == []


def test_every_word_is_in_the_paper() -> None:
    names = [value for name, value in vars(actions).items() if name.isupper() and not name.startswith("_")]
    made: list[Refusal] = [
        refusals.FileWrong(["x"]),
        refusals.FileTooLarge(1),
        refusals.FileKindUnknown(()),
        refusals.RulesBroken(["x"]),
        refusals.PathTaken("x"),
        refusals.ThingUnknown(),
        refusals.VersionOutdated(),
        refusals.VersionMissing(),
        refusals.ExportFailed(),
        ClerkBusy(),
        MoveRefused("x"),
    ]
    words = [*(one.value for one in MayNotAct), *(one.code for one in made), *names, OrganisationChanged.__name__]
    assert [word for word in words if f"`{word}`" not in PAPER] == []
    assert all(kind in PAPER for kind in KINDS.values())
