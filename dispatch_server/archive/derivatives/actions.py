"""What can be done with derivatives, in the one registry of actions."""

from dispatch_server.identity.actions import Recorded, register
from dispatch_server.identity.roles import Role

LIST, MAKE, FETCH = "derivative.list", "derivative.make", "derivative.fetch"
_MAKERS = frozenset({Role.OPERATOR, Role.REVIEWER})

register(LIST, "see what was made from recordings", _MAKERS, recorded=Recorded.NO)
register(MAKE, "make a clip, a still or a marked copy of a recording", _MAKERS, recorded=Recorded.BY_ROOM)
register(FETCH, "fetch what was made from a recording", _MAKERS, recorded=Recorded.BY_ROOM)
