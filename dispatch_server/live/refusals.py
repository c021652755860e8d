"""Everything that this room refuses, each with its stable code and its sentence."""

from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil

from dispatch_server.kit.errors import (
    Absent,
    Conflict,
    DispatchError,
    Forbidden,
    Invalid,
    Refusal,
    Stale,
    TooMany,
    Unauthenticated,
    Unavailable,
    Unconditional,
    Unsupported,
)
from dispatch_server.media.sdp.refusals import OfferMalformed, OfferRefused

RETRY_AFTER_S = 5


class StreamNotLive(Conflict):
    """Nobody publishes what somebody wants to watch."""

    def __init__(self, target: str) -> None:
        super().__init__("stream_not_live", f"{target} is not live.", retry_after_s=RETRY_AFTER_S)


class SourceBusy(Conflict):
    """Another session publishes this source, and the new one shows no session key of it."""

    def __init__(self, source: str) -> None:
        super().__init__(
            "source_busy",
            f"{source} is being published by another session; only its session key may take over.",
            retry_after_s=RETRY_AFTER_S,
        )


class TooManySessions(Unavailable):
    def __init__(self, sentence: str = "This server serves as many sessions as it may.") -> None:
        super().__init__("too_many_sessions", sentence, retry_after_s=RETRY_AFTER_S)


class TooManyPosts(TooMany):
    def __init__(self, wait_s: float) -> None:
        super().__init__(
            "too_many_requests", "Too many attempts; wait before the next one.", retry_after_s=ceil(wait_s)
        )


class TokenRefused(Unauthenticated):
    """No token, or one that is unknown, used, expired or revoked: not told which."""

    def __init__(self, missing: bool = False) -> None:
        sentence = "A bearer token is needed." if missing else "This token opens nothing (any more)."
        super().__init__("token_missing" if missing else "token_refused", sentence)


class TokenElsewhere(Forbidden):
    """A good token, but not for this source, stream, direction or certificate."""

    def __init__(self, sentence: str) -> None:
        super().__init__("token_not_for_this", sentence)


class SessionUnknown(Absent):
    """No such session, or not the asker's: the answer is the same."""

    def __init__(self) -> None:
        super().__init__("session_unknown", "There is no such session.")


class EntityTagMissing(Unconditional):
    """HTTP 428 (RFC 6585 section 3)."""

    def __init__(self) -> None:
        super().__init__("if_match_missing", "PATCH needs If-Match: the session's ETag, or * for an ICE restart.")


class EntityTagOutdated(Stale):
    def __init__(self) -> None:
        super().__init__("if_match_outdated", "If-Match names an earlier ICE session.")


class SourceUnknown(Absent):
    def __init__(self, source: str) -> None:
        super().__init__("source_unknown", f"{source} is neither a terminal of the roster nor a guest.")


class KeyUnknown(Absent):
    def __init__(self) -> None:
        super().__init__("publish_key_unknown", "There is no such publish key.")


class KeyExists(Conflict):
    def __init__(self, source: str) -> None:
        super().__init__("publish_key_exists", f"{source} has a publish key already; revoke it first.")


@contextmanager
def of_the_engine(target: str) -> Iterator[None]:
    """What the engine refuses, in this room's words. Its own errors are known by their code: it is a room apart."""
    try:
        yield
    except OfferMalformed as error:
        raise Invalid(error.code, error.sentence) from error
    except OfferRefused as error:
        kind = Unsupported if error.accepted else Invalid
        raise kind(error.code, error.sentence, accepted=error.accepted) from error
    except Refusal:
        raise
    except DispatchError as error:
        if error.code == "too_many_sessions":
            raise TooManySessions from error
        if error.code == "stream_not_live":
            raise StreamNotLive(target) from error
        raise
