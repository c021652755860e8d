"""Why something is not held, released, listed or destroyed."""

from dispatch_server.kit.errors import Absent, Conflict, Forbidden, Invalid


class HoldUnknown(Absent):
    def __init__(self) -> None:
        super().__init__("hold_unknown", "There is no such hold.")


class HoldNotSo(Conflict):
    def __init__(self, state: str) -> None:
        super().__init__("hold_not_so", f"This hold is {state}.")


class HoldEndsTooSoon(Invalid):
    def __init__(self) -> None:
        super().__init__("hold_ends_too_soon", "A hold ends in the future, or when somebody releases it.")


class AlreadyPurged(Conflict):
    def __init__(self) -> None:
        super().__init__("recording_purged", "A recording is destroyed already.")


class ListUnknown(Absent):
    def __init__(self) -> None:
        super().__init__("destruction_unknown", "There is no such list.")


class ListNotSo(Conflict):
    def __init__(self, state: str) -> None:
        super().__init__("destruction_not_so", f"This list is {state}.")


class NothingToList(Conflict):
    def __init__(self, reason: str) -> None:
        super().__init__("nothing_to_destroy", f"Nothing of it may be listed: {reason}.")


class SecondPerson(Forbidden):
    def __init__(self) -> None:
        super().__init__("second_person_needed", "Somebody else must do this.")


class AnotherRole(Forbidden):
    def __init__(self) -> None:
        super().__init__("another_role_needed", "Somebody in another role must do this.")


class PartOnly(Forbidden):
    """Not seen as a whole, so not decided upon."""

    def __init__(self) -> None:
        super().__init__("not_permitted", "Some of it lies outside of what you may decide.")


class ClockDoubted(Conflict):
    def __init__(self, why: str) -> None:
        super().__init__("clock_doubted", f"The server's clock is not believed now ({why}).")
