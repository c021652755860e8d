"""What can be done with enforcements, and who may; each change is put on record by the room itself."""

from dispatch_server.identity.actions import Recorded, register
from dispatch_server.identity.roles import Role

LIST = "enforcement.list"
PARTY = "enforcement.party"
OPEN = "enforcement.open"
CHANGE = "enforcement.change"
MARK = "enforcement.mark"
EXCUSE = "enforcement.excuse"
FILE = "enforcement.file"
BY_TERMINAL = "terminal.enforcement"

_WATCHING = frozenset({Role.OPERATOR, Role.EXPERT, Role.REVIEWER, Role.OFFICER})
_CARRYING = frozenset({Role.OPERATOR, Role.OFFICER})
_BY_ROOM = Recorded.BY_ROOM

register(LIST, "see enforcements, their steps and what is missing", _WATCHING, recorded=Recorded.NO)
# Experts answer for the law; who the party is they need not know (个人信息保护法 6).
register(
    PARTY,
    "see and search by who the party of an enforcement is",
    frozenset({Role.OPERATOR, Role.REVIEWER, Role.OFFICER}),
    recorded=Recorded.BEFORE,
)
register(OPEN, "open an enforcement", _CARRYING, recorded=_BY_ROOM)
register(CHANGE, "begin, pause and finish an enforcement, take its steps, cancel it", _CARRYING, recorded=_BY_ROOM)
register(MARK, "mark a moment of an enforcement", _CARRYING | {Role.EXPERT}, recorded=_BY_ROOM)
register(EXCUSE, "state why a step is not on record", _CARRYING, recorded=_BY_ROOM)
register(FILE, "put an enforcement into its case file", _CARRYING, recorded=_BY_ROOM)
register(BY_TERMINAL, "carry on an enforcement that it takes part in", frozenset(), by_terminal=True, recorded=_BY_ROOM)
