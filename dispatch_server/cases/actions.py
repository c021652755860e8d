"""What can be done with cases, and who may; each change is put on record by the room, in its own transaction."""

from dispatch_server.identity.actions import Recorded, register
from dispatch_server.identity.roles import Role

LIST = "case.list"
PARTY = "case.party"
OPEN = "case.open"
CHANGE = "case.change"
LINK = "case.link"
MOVE = "case.move"
HOLD = "case.hold"

_READING = frozenset({Role.OPERATOR, Role.EXPERT, Role.REVIEWER, Role.OFFICER})
_KEEPING = frozenset({Role.OPERATOR, Role.OFFICER})
_BY_ROOM = Recorded.BY_ROOM

register(LIST, "see case files and what they lack", _READING, recorded=Recorded.NO)
register(
    PARTY,
    "see who the party of a case is",
    frozenset({Role.OPERATOR, Role.REVIEWER, Role.OFFICER}),
    recorded=Recorded.NO,
)
register(OPEN, "open a case file", _KEEPING, recorded=_BY_ROOM)
register(CHANGE, "change what a case file says", _KEEPING, recorded=_BY_ROOM)
register(LINK, "put recordings and enforcements into a case file, and name exhibits", _KEEPING, recorded=_BY_ROOM)
register(MOVE, "fill, close and reopen a case file", _KEEPING | {Role.REVIEWER}, recorded=_BY_ROOM)
register(HOLD, "hold all footage of a case", frozenset({Role.OPERATOR, Role.REVIEWER}), recorded=_BY_ROOM, fresh=True)
