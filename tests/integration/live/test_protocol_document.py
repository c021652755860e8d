"""docs/protocol.md names every path, every refusal and every event of these rooms."""

import re
from pathlib import Path

from dispatch_server.identity.guard import NotPermitted, NotSignedIn
from dispatch_server.identity.sign_in import CodeRefused
from dispatch_server.live import model, refusals
from tests.integration.live.rig import Rig

PAPER = Path("docs/protocol.md").read_text(encoding="utf-8")


def test_every_path_is_in_the_paper() -> None:
    # `/sessions/{session_id}` is written /sessions/{id} there.
    paths = [re.sub(r"\{\w+_id\}", "{id}", path) for path in Rig().app.openapi()["paths"]]
    assert len(paths) > 10
    assert [path for path in paths if path not in PAPER] == []


def test_every_refusal_is_in_the_paper() -> None:
    made = [
        refusals.StreamNotLive("x"),
        refusals.SourceBusy("x"),
        refusals.TooManySessions(),
        refusals.TooManyPosts(1),
        refusals.TokenRefused(),
        refusals.TokenRefused(missing=True),
        refusals.TokenElsewhere("x"),
        refusals.SessionUnknown(),
        refusals.EntityTagMissing(),
        refusals.EntityTagOutdated(),
        refusals.SourceUnknown("x"),
        refusals.KeyUnknown(),
        refusals.KeyExists("x"),
        NotSignedIn(),
        NotPermitted("x"),
        CodeRefused(),
    ]
    defined = {name for name, value in vars(refusals).items() if getattr(value, "__module__", "") == refusals.__name__}
    assert {type(one).__name__ for one in made} >= defined - {"of_the_engine"}
    assert [one.code for one in made if f"`{one.code}`" not in PAPER] == []


def test_every_code_of_an_offer_is_in_the_paper() -> None:
    texts = [path.read_text(encoding="utf-8") for path in Path("dispatch_server/media/sdp").glob("*.py")]
    codes = {code for text in texts for code in re.findall(r'OfferRefused\(\s*"(\w+)"', text)}
    assert len(codes) > 3
    assert [code for code in codes if f"`{code}`" not in PAPER] == []


def test_every_event_is_in_the_paper() -> None:
    events = [one.__name__ for one in (model.StreamStarted, model.StreamLost, model.StreamResumed, model.StreamEnded)]
    assert [name for name in events if f"`{name}`" not in PAPER] == []
