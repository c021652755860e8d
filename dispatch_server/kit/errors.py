"""The root of all errors that we raise on purpose; whose fault it is stands in the type."""


class DispatchError(Exception):
    """
    Carries a stable `code` for programs and a `sentence` for people.

    The tree::

        DispatchError
        ├── RemoteFault           what somebody else sent or asked is wrong
        │   ├── MalformedPacket   bytes that no parser of ours accepts
        │   └── Refusal           a request that we understood and do not do; slices subclass one of these:
        │       ├── Invalid           its content is wrong (400)
        │       ├── Unauthenticated   who asks is not known, or no longer (401)
        │       ├── Forbidden         who asks is known and may not (403)
        │       ├── Absent            there is no such thing, or none that this person may see (404)
        │       ├── NotAcceptable     nothing that we can give is accepted (406)
        │       ├── Conflict          not in the present state (409)
        │       ├── Gone              it was there, and is ended for good (410)
        │       ├── Stale             made from an older version than the present one (412)
        │       ├── TooLarge          (413)
        │       ├── Unsupported       a form of content that we do not take (415)
        │       ├── Locked            somebody else has it in hand (423)
        │       ├── Unconditional     a condition (If-Match) is needed and missing (428)
        │       ├── TooMany           over a rate or a number that is allowed (429)
        │       ├── Damaged           not what its sender says that it is (460, of tus 1.0)
        │       ├── NoRoom            the disk is too full for it (507)
        │       └── Unavailable       not now, through no fault of who asks (503)
        └── LocalFault            we used a part of our own wrongly, or its ground is not as it must be
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


class RemoteFault(DispatchError):
    """What somebody else sent or asked is wrong; refuse it and go on."""


class LocalFault(DispatchError):
    """We used a part of our own wrongly; a test should have found it."""


class MalformedPacket(RemoteFault):
    """Bytes from outside that no parser of ours accepts: drop them and count."""

    def __init__(self, sentence: str) -> None:
        super().__init__("malformed_packet", sentence)


class Refusal(RemoteFault):
    """
    A request that we understood and do not do.

    `accepted` says what would have been, `retry_after_s` when to ask again.
    """

    def __init__(
        self,
        code: str,
        sentence: str,
        *,
        accepted: tuple[str, ...] = (),
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(code, sentence)
        self.accepted = accepted
        self.retry_after_s = retry_after_s


class Invalid(Refusal):
    """The content of the request is wrong."""


class Unauthenticated(Refusal):
    """Who asks is not known, or no longer."""


class Forbidden(Refusal):
    """Who asks is known and may not."""

    is_told = True  # in the ledger, when a signed-in person or a terminal asked


class Absent(Refusal):
    """There is no such thing, or none that the one who asks may see: both look the same."""

    is_told = True


class NotAcceptable(Refusal):
    """Nothing that we can give is accepted by the one who asks."""


class Conflict(Refusal):
    """The thing is not in a state in which this can be done."""


class Gone(Refusal):
    """It was there, and is ended for good."""


class Stale(Refusal):
    """The request was made from an older version than the present one."""


class TooLarge(Refusal):
    """The content is larger than what we take."""


class Unsupported(Refusal):
    """A form of content that we do not take."""


class Unconditional(Refusal):
    """A condition is needed, so that nobody overwrites what they have not seen (RFC 6585 section 3)."""


class Locked(Refusal):
    """Somebody else has it in hand."""


class Damaged(Refusal):
    """What came is not what its sender says that it is: it was changed on the way."""


class NoRoom(Refusal):
    """There is no space left for it."""


class TooMany(Refusal):
    """Over a rate or a number that is allowed."""


class Unavailable(Refusal):
    """Not now, through no fault of the one who asks."""
