"""Which terminal takes part in which enforcement."""

from dataclasses import replace

from dispatch_server.enforcement.model import State
from dispatch_server.enforcement.standing import Standing
from tests.unit.enforcement.samples import at, opened


def test_it_follows_what_happens() -> None:
    standing, one = Standing(), opened().enforcement
    standing.changed(one)
    assert standing.all() == []
    begun = replace(one, state=State.UNDER_WAY, begun=at(1))
    standing.changed(begun)
    assert dict(standing.by_terminal()) == {"T1301": begun, "T1302": begun}
    assert standing.all() == [begun]
    standing.changed(replace(one, id="another", state=State.CANCELLED))
    assert standing.all() == [begun]
    standing.changed(replace(begun, state=State.FINISHED))
    assert standing.all() == []
    standing.load([begun])
    assert standing.all() == [begun]
