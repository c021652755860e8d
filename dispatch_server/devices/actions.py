"""What can be done with terminals, and by terminals, in the one registry of actions."""

from dispatch_server.identity.actions import WATCHING, Recorded, register
from dispatch_server.identity.roles import Role

_DESK = frozenset({Role.SYSTEM_ADMIN, Role.OPERATOR})
_ADMIN = frozenset({Role.SYSTEM_ADMIN})
_BY_ROOM = Recorded.BY_ROOM

register("device.list", "see the terminals' register", WATCHING | {Role.SECURITY_ADMIN}, recorded=Recorded.NO)
register("device.register", "register a terminal", _ADMIN, recorded=_BY_ROOM)
register("device.change", "rename a terminal or move it to another department", _ADMIN, recorded=_BY_ROOM)
register("device.enrol", "give out the one-time code that enrols a device", _DESK, recorded=_BY_ROOM)
register("device.revoke", "take a terminal's keys away", _DESK | {Role.SECURITY_ADMIN}, recorded=_BY_ROOM)
register("device.retire", "take a terminal out of the register for good", _ADMIN, recorded=_BY_ROOM, fresh=True)
register("device.issue", "hand a terminal to an officer for a shift, and take it back", _DESK, recorded=_BY_ROOM)
register("device.pin", "set an officer's PIN", _DESK, recorded=_BY_ROOM)
# Terminals. What they publish is on record as a stream; how they are is asked again and again.
register("terminal.heartbeat", "say how it is", frozenset(), by_terminal=True, recorded=Recorded.NO)
register("terminal.key", "replace its key by a new one", frozenset(), by_terminal=True, recorded=_BY_ROOM)
register("terminal.shift", "tell who carries it", frozenset(), by_terminal=True, recorded=_BY_ROOM)
