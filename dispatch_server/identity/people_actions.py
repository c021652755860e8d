"""What can be done with people and their rights, and which of the three administrators may: see docs/decisions/0009."""

from dispatch_server.identity.actions import Recorded, register
from dispatch_server.identity.roles import ADMINISTRATORS, Role

_ALL = frozenset(Role)
_SYSTEM = frozenset({Role.SYSTEM_ADMIN})
_SECURITY = frozenset({Role.SECURITY_ADMIN})
_BY_ROOM, _NO = Recorded.BY_ROOM, Recorded.NO

# Of oneself.
register("session.prove", "show one's second factor again", _ALL, recorded=_NO)
register("me.sessions", "see where one is signed in", _ALL, recorded=_NO)
register("me.presence", "tell that one is there", _ALL, recorded=_NO)
register("me.sessions.end", "end one's own sign-ins", _ALL, recorded=_BY_ROOM)
register("me.password", "change one's own password", _ALL, recorded=_BY_ROOM)
register("me.factor", "see and enrol one's own second factor", _ALL, recorded=_BY_ROOM)
register("me.factor.remove", "go without a second factor", _ALL, recorded=_BY_ROOM, fresh=True)
register("me.codes", "be given recovery codes", _ALL, recorded=_BY_ROOM, fresh=True)

register("session.lock", "too many failed tries: strangers are kept out", frozenset(), recorded=_BY_ROOM)

# Of others. The system administrator makes accounts, and the security administrator gives them rights.
register("person.list", "see people and their roles", ADMINISTRATORS, recorded=_NO)
register("person.create", "make an account", _SYSTEM, recorded=_BY_ROOM, fresh=True)
register("person.change", "change a person's name", _SYSTEM, recorded=_BY_ROOM)
register("person.rights", "change a person's roles and department", _SECURITY, recorded=_BY_ROOM, fresh=True)
register("person.disable", "close an account", _SYSTEM | _SECURITY, recorded=_BY_ROOM)
register("person.enable", "open a closed account again", _SECURITY, recorded=_BY_ROOM, fresh=True)
register("person.factor", "take a person's second factor away", _SECURITY, recorded=_BY_ROOM, fresh=True)
register("person.sessions", "see where a person is signed in", ADMINISTRATORS, recorded=_BY_ROOM)
register("person.sessions.end", "end a person's sign-ins", _SYSTEM | _SECURITY, recorded=_BY_ROOM)
register("permit.list", "see who has which permits", ADMINISTRATORS, recorded=_NO)
register("permit.grant", "permit somebody something", _SECURITY, recorded=_BY_ROOM, fresh=True)
register("permit.revoke", "take a permit back", _SECURITY, recorded=_BY_ROOM)
register("recovery.list", "see who asked for which recoveries", ADMINISTRATORS, recorded=_NO)
register("recovery.ask", "ask to have an account recovered", ADMINISTRATORS, recorded=_BY_ROOM, fresh=True)
register("recovery.confirm", "confirm a recovery that another asked for", ADMINISTRATORS, recorded=_BY_ROOM, fresh=True)
register("recovery.withdraw", "withdraw a recovery", ADMINISTRATORS, recorded=_BY_ROOM)
