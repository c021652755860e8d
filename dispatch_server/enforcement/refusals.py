"""What this room refuses, each with its stable code."""

from collections.abc import Iterable
from math import ceil

from dispatch_server.kit.errors import Absent, Conflict, Invalid, LocalFault, TooMany


class EnforcementUnknown(Absent):
    def __init__(self) -> None:
        super().__init__("enforcement_unknown", "There is no such enforcement.")


class WrongState(Conflict):
    def __init__(self, state: str, what: str) -> None:
        super().__init__("enforcement_state", f"It is {state}: {what} cannot happen any more, or not yet.")


class MomentWrong(Invalid):
    def __init__(self, sentence: str) -> None:
        super().__init__("moment_wrong", sentence)


class MomentAhead(Invalid):
    """It passes by itself: the sender asks again."""

    def __init__(self) -> None:
        super().__init__("moment_ahead", "That has not happened yet, by the server's clock.")


class CommandKeyUsed(Conflict):
    def __init__(self) -> None:
        super().__init__("command_key_used", "This key was used for another command.")


class IdTaken(Conflict):
    def __init__(self) -> None:
        super().__init__("enforcement_id_taken", "This id was used for another enforcement.")


class OfficersTooFew(Invalid):
    def __init__(self) -> None:
        super().__init__("officers_too_few", "At least two different officers of this department must take part.")


class OfficerRefused(Invalid):
    """`why`: one of org's reasons, or that the organisation does not know this certificate here."""

    def __init__(self, certificate: str, why: str) -> None:
        super().__init__("officer_may_not_act", f"{certificate}: {why}")


class ItemRefused(Invalid):
    def __init__(self, code: str) -> None:
        super().__init__("item_not_in_power", f"{code} is no item that this department may enforce.")


class CaseUnknown(Absent):
    def __init__(self) -> None:
        super().__init__("case_unknown", "There is no such case.")


class DepartmentRefused(Invalid):
    def __init__(self) -> None:
        super().__init__("department_unknown", "There is no such open department.")


class TerminalRefused(Invalid):
    def __init__(self, number: str) -> None:
        super().__init__("terminal_cannot_take_part", f"{number} is no terminal of this department that can take part.")


class TerminalBusy(Conflict):
    def __init__(self) -> None:
        super().__init__("terminal_busy", "One of its terminals takes part in another enforcement under way.")


class CheckNeedsReason(Conflict):
    def __init__(self, troubles: Iterable[str]) -> None:
        words = tuple(str(one) for one in troubles)
        super().__init__(
            "check_needs_reason", f"The check warns of {', '.join(words)}: say why it begins.", accepted=("reason",)
        )


class StepUnknown(Invalid):
    def __init__(self, step: str) -> None:
        super().__init__("step_unknown", f"{step} is no step of this kind of enforcement.")


class StepRuns(Conflict):
    def __init__(self, step: str) -> None:
        super().__init__("step_running", f"{step} runs already.")


class StepRunsNot(Conflict):
    def __init__(self, step: str) -> None:
        super().__init__("step_not_running", f"{step} does not run.")


class StepsMissing(Conflict):
    def __init__(self, steps: Iterable[str]) -> None:
        words = tuple(steps)
        super().__init__("steps_missing", f"Not taken, and no reason given: {', '.join(words)}.", accepted=("missing",))


class PausedAlready(Conflict):
    def __init__(self) -> None:
        super().__init__("paused_already", "It is paused already.")


class NotPaused(Conflict):
    def __init__(self) -> None:
        super().__init__("not_paused", "It is not paused.")


class TooMuchHappened(Conflict):
    """Asking again would change nothing."""

    def __init__(self, what: str) -> None:
        super().__init__("enforcement_full", f"One enforcement cannot have more {what}.")


class TooManyCommands(TooMany):
    def __init__(self, wait_s: float) -> None:
        super().__init__("too_many_commands", "Slower.", retry_after_s=max(1, ceil(wait_s)))


class TooManyWaiting(TooMany):
    def __init__(self) -> None:
        super().__init__("too_many_waiting", "Too many wait for their begin: begin or cancel some of them.")


class StepListWrong(LocalFault):
    """The list of recording steps cannot be used; one line for each mistake, each with its place."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("recording_steps_wrong", "\n".join(lines))
