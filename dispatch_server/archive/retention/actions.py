"""What can be done about keeping and destroying, and by whom: see docs/decisions/0011."""

from dispatch_server.identity.actions import WATCHING, Recorded, register
from dispatch_server.identity.roles import ADMINISTRATORS, Role

_BY_ROOM = Recorded.BY_ROOM
SEE, SEE_HOLDS, SEE_LISTS = "retention.read", "hold.list", "destruction.list"
PLACE, ASK_RELEASE, RELEASE = "hold.place", "hold.ask_release", "hold.release"
MAKE, APPROVE, STOP = "destruction.make", "destruction.approve", "destruction.stop"
CONFIRM_CLOCK = "clock.confirm"
_LOOKING = WATCHING | ADMINISTRATORS

register(SEE, "see how long recordings are kept, and when the disk is full", _LOOKING, recorded=Recorded.NO)
register(SEE_HOLDS, "see what is held", _LOOKING, recorded=Recorded.NO)
register(SEE_LISTS, "see lists of what is to be destroyed", _LOOKING, recorded=Recorded.NO)
# To hold and to stop only protect: they want no second factor.
register(PLACE, "hold recordings", ADMINISTRATORS | {Role.OPERATOR, Role.REVIEWER}, recorded=_BY_ROOM)
register(ASK_RELEASE, "ask for the release of a hold", ADMINISTRATORS, recorded=_BY_ROOM, fresh=True)
register(RELEASE, "release a hold that somebody else asked to release", ADMINISTRATORS, recorded=_BY_ROOM, fresh=True)
register(MAKE, "list recordings to be destroyed", frozenset({Role.SYSTEM_ADMIN}), recorded=_BY_ROOM, fresh=True)
register(APPROVE, "approve that what is listed be destroyed", ADMINISTRATORS, recorded=_BY_ROOM, fresh=True)
register(STOP, "stop a destruction", ADMINISTRATORS, recorded=_BY_ROOM)
register(
    CONFIRM_CLOCK,
    "confirm that the server's clock is right",
    frozenset({Role.SECURITY_ADMIN, Role.AUDIT_ADMIN}),  # not by whoever can set it
    recorded=_BY_ROOM,
    fresh=True,
)
# What the server does by itself.
register("hold.end", "end a hold whose time has come", frozenset(), recorded=_BY_ROOM)
register("destruction.wait", "begin the days of waiting", frozenset(), recorded=_BY_ROOM)
register("destruction.end", "end a list", frozenset(), recorded=_BY_ROOM)
register("recording.purge", "destroy a recording", frozenset(), recorded=_BY_ROOM)
register("retention.policy", "take up the policies of the file", frozenset(), recorded=_BY_ROOM)
