"""What can be done with exports, in the one registry of actions."""

from dispatch_server.identity.actions import Recorded, register
from dispatch_server.identity.roles import Role

LIST, ASK, DECIDE, WITHDRAW = "export.list", "export.ask", "export.decide", "export.withdraw"
LINK, DOWNLOAD, VIEW, CUSTODY = "export.link", "export.download", "export.view", "export.custody"
READY = "export.ready"  # by the system
_ASKERS = frozenset({Role.OPERATOR, Role.REVIEWER})
_BY_ROOM = Recorded.BY_ROOM

register(LIST, "see which exports were asked for", _ASKERS | {Role.AUDIT_ADMIN}, recorded=Recorded.NO)
register(ASK, "ask for an export of recordings", _ASKERS, recorded=_BY_ROOM)
register(DECIDE, "approve or refuse an export that somebody else asked for", _ASKERS, recorded=_BY_ROOM, fresh=True)
register(WITHDRAW, "take an export back", _ASKERS, recorded=_BY_ROOM)
register(LINK, "have a link to an approved package", _ASKERS, recorded=_BY_ROOM)
register(DOWNLOAD, "fetch an approved package", _ASKERS, recorded=_BY_ROOM)
register(VIEW, "play what was approved to be viewed", _ASKERS | {Role.OFFICER, Role.EXPERT}, recorded=_BY_ROOM)
register(CUSTODY, "read the custody log of an export", _ASKERS | {Role.AUDIT_ADMIN}, recorded=Recorded.BEFORE)
