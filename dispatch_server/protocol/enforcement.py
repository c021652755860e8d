"""What terminals and consoles tell the server of one enforcement, from its opening to the file, and are answered."""

from typing import Literal

from pydantic import Field

from dispatch_server.protocol.enforcement_views import CurrentEnforcement as CurrentEnforcement
from dispatch_server.protocol.enforcement_views import EnforcementChoices as EnforcementChoices
from dispatch_server.protocol.enforcement_words import (
    CheckBefore,
    CommandKey,
    EnforcementId,
    EnforcementParty,
    EnforcementPosition,
    KindWord,
    MarkText,
    Message,
    OptionalReason,
    PlaceText,
    Reason,
    StateWord,
    StepCode,
    TerminalNumber,
    UtcMicroseconds,
)
from dispatch_server.protocol.organisation import Certificate, ItemCode, PathText
from dispatch_server.protocol.signals import Signal


class Command(Message):
    """
    Something that happened. It may come late, when there was no network: in the order in which it happened.

    The same `key` again gives the same answer; another command under a used key is 409 `command_key_used`.
    """

    key: CommandKey
    utc_us: UtcMicroseconds | None = Field(default=None, description="When it happened; left out: now.")


class EnforcementOpen(Command):
    """By a terminal (its own department, and it takes part itself)."""

    id: EnforcementId | None = Field(
        default=None, description="Made by the sender, so that it can go on without a network; left out: the server's."
    )
    kind: KindWord
    item: ItemCode
    officers: list[Certificate] = Field(min_length=2, max_length=20, description="By certificate number (执法证号).")
    party: EnforcementParty
    place: PlaceText
    position: EnforcementPosition | None = None
    terminals: list[TerminalNumber] = Field(default=[], max_length=20, description="Others that take part.")


class EnforcementOpenHere(EnforcementOpen):
    """By the centre or an officer at the console."""

    department: PathText
    terminals: list[TerminalNumber] = Field(min_length=1, max_length=20)


class EnforcementBegin(Command):
    """`reason`: why it begins in spite of what the check warns of (409 `check_needs_reason` without)."""

    check: CheckBefore = CheckBefore()
    reason: OptionalReason = ""


class EnforcementStep(Command):
    """A step may be taken more than once, and beside others; the finish ends what still runs."""

    step: StepCode
    what: Literal["begin", "end"]


class EnforcementMark(Command):
    text: MarkText
    important: bool = False


class EnforcementPause(Command):
    reason: Reason


class EnforcementResume(Command):
    reason: Reason


class MissingReason(Message):
    step: StepCode
    reason: Reason


class EnforcementFinish(Command):
    """
    Stopping needs a reason. `missing`: one for each required step that was not taken (409 `steps_missing` names them).
    """

    reason: Reason
    missing: list[MissingReason] = Field(default=[], max_length=60)


class EnforcementExcuse(Command):
    """Later, at the console: why a step is not on record."""

    step: StepCode
    reason: Reason


class EnforcementFile(Command):
    """The case file takes it, and links it in the same act: nothing changes any more."""

    case_id: str = Field(min_length=8, max_length=36, pattern=r"^[0-9A-Za-z-]+$")


class EnforcementCancel(Command):
    """Opened by mistake: only before it begins."""

    reason: Reason


class CommandAnswer(Message):
    """As it was when the command was taken for the first time."""

    enforcement_id: str
    state: StateWord
    utc_us: UtcMicroseconds = Field(description="When it happened.")
    received_utc_us: UtcMicroseconds = Field(description="When the server took it.")


class EnforcementChanged(Signal):
    """Told to its terminals and to consoles that may see it: read it anew."""

    enforcement_id: str
    department: str = Field(description="Its path.")
    state: StateWord
    terminals: list[str]
    utc_us: UtcMicroseconds
