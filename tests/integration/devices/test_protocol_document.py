"""docs/protocol.md names every path, every refusal and every event of this room."""

import inspect
from pathlib import Path

from dispatch_server.devices import health, model, refusals
from dispatch_server.kit.errors import Refusal
from tests.integration.devices.rig import Rig

PAPER = Path("docs/protocol.md").read_text(encoding="utf-8")
SAMPLES: dict[str, object] = {"number": "T1301", "state": "lost", "sentence": "x", "wait_s": 1, "officers": 2}


async def test_every_path_is_in_the_paper(rig: Rig) -> None:
    paths = [path for path in rig.app.openapi()["paths"] if "/terminal" in path or "/devices" in path]
    assert len(paths) > 15
    assert [path for path in paths if path not in PAPER] == []


def test_every_refusal_is_in_the_paper() -> None:
    kinds = [kind for _, kind in inspect.getmembers(refusals, inspect.isclass) if kind.__module__ == refusals.__name__]
    made = []
    for kind in kinds:
        names = list(inspect.signature(kind).parameters)
        made.append(kind(*(SAMPLES.get(name, 1) for name in names)))
    assert len(made) > 15 and all(isinstance(one, Refusal) for one in made)
    assert [one.code for one in made if f"`{one.code}`" not in PAPER] == []


def test_every_event_and_trouble_is_in_the_paper() -> None:
    events = [kind for _, kind in inspect.getmembers(model, inspect.isclass) if issubclass(kind, model.TerminalEvent)]
    names = {kind.__name__ for kind in events} - {"TerminalEvent"} | {"TerminalTrouble"}
    assert len(names) == 10
    assert [name for name in names if f"`{name}`" not in PAPER] == []
    assert [trouble for trouble in health.Trouble if f"`{trouble}`" not in PAPER] == []
