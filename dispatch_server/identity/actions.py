"""The one registry of what can be done here: each action's name, its meaning, the roles that may, who records it."""

from dataclasses import dataclass
from enum import StrEnum

from dispatch_server.identity.roles import ADMINISTRATORS, Role

WATCHING = frozenset({Role.OPERATOR, Role.EXPERT, Role.REVIEWER, Role.SYSTEM_ADMIN})


class Recorded(StrEnum):
    """Who puts an action on record, and when."""

    CHANGES = "changes"  # as BEFORE for methods that change something, as NO for the others
    BEFORE = "before"  # the guard, before the route runs: changes, exports, single views
    BY_ROOM = "by_room"  # the room: in its own transaction, or once per viewing session
    NO = "no"  # nobody: it tells only of oneself, or is asked again and again


@dataclass(frozen=True, slots=True)
class Action:
    """`roles` empty: nobody is asked who they are; `sentence` then says why that is right."""

    name: str
    sentence: str
    roles: frozenset[Role]
    by_bearer: bool = False  # the route checks a bearer token of its own instead of a sign-in
    recorded: Recorded = Recorded.CHANGES
    fresh: bool = False  # wants a second factor that was shown only just now
    by_terminal: bool = False  # terminals ask it with their access token
    background: bool = False  # a page asks it by itself, so that it is no sign of somebody being there

    @property
    def permittable(self) -> bool:
        """Whether a permit may give it to somebody without its roles: never what is an administrator's alone."""
        return bool(self.roles - ADMINISTRATORS) and not self.fresh


ACTIONS: dict[str, Action] = {}


def register(
    name: str,
    sentence: str,
    roles: frozenset[Role],
    *,
    by_bearer: bool = False,
    recorded: Recorded = Recorded.CHANGES,
    fresh: bool = False,
    by_terminal: bool = False,
    background: bool = False,
) -> None:
    """Enter an action; to enter it again with other words or roles is a mistake."""
    action = Action(name, sentence, roles, by_bearer, recorded, fresh, by_terminal, background)
    if ACTIONS.setdefault(name, action) != action:
        raise ValueError(f"the action {name} is registered twice, differently")


def may(roles: frozenset[Role], name: str) -> bool:
    action = ACTIONS.get(name)
    return action is not None and bool(action.roles & roles)


def actions_of(roles: frozenset[Role]) -> list[str]:
    """All that somebody in these roles may do."""
    return sorted(name for name, action in ACTIONS.items() if action.roles & roles)


_ALL = frozenset(Role)
register("session.read", "see one's own sign-in", _ALL, recorded=Recorded.NO)
register("session.end", "sign out", _ALL, recorded=Recorded.BY_ROOM)
register("stream.list", "see who is on air", WATCHING, recorded=Recorded.NO)
register("stream.watch", "watch a stream", WATCHING, recorded=Recorded.BY_ROOM)
register(
    "stream.publish",
    "publish as a terminal or guest",
    frozenset({Role.OPERATOR, Role.OFFICER}),
    recorded=Recorded.BY_ROOM,
)
register(
    "media_token.issue",
    "ask for a media token, for what one may watch or publish",
    _ALL,
    recorded=Recorded.BY_ROOM,  # the viewing that it opens is the act
    background=True,  # a player comes back by itself
)
register("terminal.list", "see the roster", WATCHING, recorded=Recorded.NO)
register("clock.read", "read the server's clock", _ALL, recorded=Recorded.NO)
register(
    "publish_key.list",
    "see which sources have publish keys",
    frozenset({Role.SYSTEM_ADMIN, Role.OPERATOR}),
    recorded=Recorded.NO,
)
register(
    "publish_key.issue",
    "give a source a publish key",
    frozenset({Role.SYSTEM_ADMIN}),
    recorded=Recorded.BY_ROOM,
    fresh=True,
)
register(
    "publish_key.revoke",
    "take a publish key away",
    frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN}),
    recorded=Recorded.BY_ROOM,
)
register("recording.list", "see what was recorded", WATCHING, recorded=Recorded.NO)
register("recording.play", "play a recording", WATCHING, recorded=Recorded.BY_ROOM)
