"""Everything that this room refuses, each with its stable code and its sentence."""

from math import ceil

from dispatch_server.kit.errors import (
    Absent,
    Conflict,
    Forbidden,
    Invalid,
    TooMany,
    Unauthenticated,
    Unavailable,
)


class TerminalUnknown(Absent):
    """No such terminal, or one of a department that the asker may not see: the answer is the same."""

    def __init__(self) -> None:
        super().__init__("terminal_unknown", "There is no such terminal.")


class DepartmentUnknown(Absent):
    def __init__(self) -> None:
        super().__init__("department_unknown", "There is no such department.")


class OfficerUnknown(Absent):
    def __init__(self) -> None:
        super().__init__("officer_unknown", "There is no such officer.")


class NumbersUsedUp(Conflict):
    def __init__(self) -> None:
        super().__init__("terminal_numbers_used_up", "All 99 numbers of this department were given.")


class TerminalState(Conflict):
    """What is asked is not possible in the present state."""

    def __init__(self, number: str, state: str) -> None:
        super().__init__("terminal_state", f"{number} is {state}: this cannot be done now.")


class CodeRefused(Unauthenticated):
    """Wrong, used, too old, or guessed at too often: not told which."""

    def __init__(self) -> None:
        super().__init__("enrolment_refused", "This code opens nothing (any more); ask for a new one.")


class KeyUnusable(Invalid):
    def __init__(self, sentence: str) -> None:
        super().__init__("device_key_unusable", sentence)


class KeyKnown(Conflict):
    """A key is for one enrolment: one that was revoked does not come back under another code."""

    def __init__(self) -> None:
        super().__init__("device_key_known", "This key was enrolled before; make a new one.")


class AssertionRefused(Unauthenticated):
    """Not signed by a key that holds, for somebody else, too old, or used before: not told which."""

    def __init__(self) -> None:
        super().__init__("assertion_refused", "This assertion opens nothing. Is the clock right (see Date)?")


class GrantUnknown(Invalid):
    def __init__(self) -> None:
        super().__init__("grant_unknown", "grant_type must be urn:ietf:params:oauth:grant-type:jwt-bearer.")


class TooManyTries(TooMany):
    def __init__(self, wait_s: float) -> None:
        super().__init__(
            "too_many_requests", "Too many attempts; wait before the next one.", retry_after_s=ceil(wait_s)
        )


class TooManyAssertions(Unavailable):
    def __init__(self) -> None:
        super().__init__("too_many_assertions", "More assertions in a minute than are remembered.", retry_after_s=30)


class PinRefused(Forbidden):
    """Wrong officer, wrong PIN, none set, or locked: not told which."""

    def __init__(self) -> None:
        super().__init__("pin_refused", "Officer and PIN do not open this, or are locked for a while.")


class PinTooWeak(Invalid):
    def __init__(self) -> None:
        super().__init__("pin_too_weak", "A PIN has 6 to 12 digits, not all alike and not in a row.")


class OfficerMayNot(Conflict):
    def __init__(self) -> None:
        super().__init__("officer_may_not_act", "The officer's certificate is not valid (any more).")


class OfficerElsewhere(Conflict):
    """`number`: of a terminal that the asker may see; of another one it is not said which."""

    def __init__(self, number: str = "") -> None:
        self.number = number
        super().__init__(
            "officer_elsewhere", f"The officer carries {number or 'another terminal'}; it must be returned first."
        )


class TerminalTaken(Conflict):
    def __init__(self, officers: int) -> None:
        super().__init__("terminal_taken", f"{officers} officers carry this terminal already.")


class ShiftUnknown(Absent):
    def __init__(self) -> None:
        super().__init__("shift_unknown", "The officer does not carry this terminal.")


class ShiftTooLong(Invalid):
    def __init__(self, longest_s: float) -> None:
        super().__init__("shift_too_long", f"A shift ends in the future, within {longest_s / 3600:g} hours.")
