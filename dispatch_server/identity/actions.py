"""The one registry of what can be done here: each action's name, what it means, and the roles that may."""

from dataclasses import dataclass

from dispatch_server.identity.model import Role

WATCHING = frozenset({Role.OPERATOR, Role.EXPERT, Role.REVIEWER, Role.SYSTEM_ADMIN})


@dataclass(frozen=True, slots=True)
class Action:
    """`roles` empty: nobody is asked who they are; `sentence` then says why that is right."""

    name: str
    sentence: str
    roles: frozenset[Role]
    by_bearer: bool = False  # the route checks a bearer token of its own instead of a sign-in


ACTIONS: dict[str, Action] = {}


def register(name: str, sentence: str, roles: frozenset[Role], *, by_bearer: bool = False) -> None:
    """Enter an action; to enter it again with other words or roles is a mistake."""
    action = Action(name, sentence, roles, by_bearer)
    if ACTIONS.setdefault(name, action) != action:
        raise ValueError(f"the action {name} is registered twice, differently")


def may(roles: frozenset[Role], name: str) -> bool:
    action = ACTIONS.get(name)
    return action is not None and bool(action.roles & roles)


def actions_of(roles: frozenset[Role]) -> list[str]:
    """All that somebody in these roles may do."""
    return sorted(name for name, action in ACTIONS.items() if action.roles & roles)


register("session.read", "see one's own sign-in", frozenset(Role))
register("session.end", "sign out", frozenset(Role))
register("stream.list", "see who is on air", WATCHING)
register("stream.watch", "watch a stream", WATCHING)
register("stream.publish", "publish as a terminal or guest", frozenset({Role.OPERATOR, Role.OFFICER}))
register("media_token.issue", "ask for a media token, for what one may watch or publish", frozenset(Role))
register("terminal.list", "see the roster", WATCHING)
register("clock.read", "read the server's clock", frozenset(Role))
register("publish_key.list", "see which sources have publish keys", frozenset({Role.SYSTEM_ADMIN, Role.OPERATOR}))
register("publish_key.issue", "give a source a publish key", frozenset({Role.SYSTEM_ADMIN}))
register("publish_key.revoke", "take a publish key away", frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN}))
register("recording.list", "see what was recorded", WATCHING)
register("recording.play", "play a recording", WATCHING)
