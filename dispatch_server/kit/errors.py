"""The root of all errors that we raise on purpose; whose fault it is stands in the type."""


class DispatchError(Exception):
    """
    Carries a stable `code` for programs and a `sentence` for people.

    The tree::

        DispatchError
        ├── RemoteFault       what somebody else sent or asked is wrong
        │   └── MalformedPacket   bytes that no parser of ours accepts
        └── LocalFault        we used a part of our own wrongly
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
