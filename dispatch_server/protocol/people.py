"""What the console and the server say to each other of people, their sign-ins and their rights."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from dispatch_server.protocol.console import Message, UtcMicroseconds

RoleName = Literal[
    "system_admin", "security_admin", "audit_admin", "operator", "expert", "reviewer", "officer"
]  # the same as identity/roles.py; a test compares them
Code = Annotated[str, Field(min_length=6, max_length=32, description="Of the authenticator, or a recovery code.")]
GivenPassword = Annotated[str, Field(min_length=1, max_length=256)]
DepartmentPath = Annotated[
    str, Field(max_length=200, pattern=r"^([A-Za-z0-9_-]{1,32}(/[A-Za-z0-9_-]{1,32})*)?$", description="Empty: county.")
]
PersonName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]*$")
]
NO_CONTROLS = r"^[^\x00-\x1f\x7f]*$"
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200, pattern=NO_CONTROLS)]
Name = Annotated[str, Field(min_length=1, max_length=64, pattern=NO_CONTROLS)]  # an account's, a thing's, an action's
Version = Annotated[int, Field(ge=1, lt=1 << 31, description="As it was read: somebody else's change is not undone.")]


class CodeSignIn(Message):
    """Development: the code of the printed link."""

    code: str = Field(min_length=20, max_length=128, description="The one-time code of the sign-in link.")


class PasswordSignIn(Message):
    account: Name
    password: GivenPassword
    totp: Code | None = None


class SignInStep(Message):
    """202: right so far. What to show next, with the ticket, which is good for one try and five minutes."""

    step: Literal["second_factor", "new_password", "enrolment"]
    ticket: str
    secret: str | None = Field(description="Of an enrolment: what the authenticator is given by hand.")
    uri: str | None = Field(description="The same as otpauth://, for a QR code made on this page.")


class NextStep(Message):
    ticket: str = Field(min_length=20, max_length=128)
    totp: Code | None = Field(default=None, description="For second_factor and enrolment.")
    new_password: GivenPassword | None = Field(default=None, description="For new_password.")


class Proof(Message):
    totp: Code


class SignInEntry(Message):
    id: str
    is_current: bool
    begun_utc_us: UtcMicroseconds
    seen_utc_us: UtcMicroseconds
    address: str
    device: str = Field(description="What the browser said of itself.")


class SignInList(Message):
    sessions: list[SignInEntry]


class SignInEnds(Message):
    """When this sign-in ends unless somebody uses it, and when in any case."""

    idle_end_utc_us: UtcMicroseconds
    absolute_end_utc_us: UtcMicroseconds


class EndedCount(Message):
    ended: int


class PasswordChange(Message):
    present: GivenPassword
    new: GivenPassword


class PasswordShown(Message):
    present: GivenPassword


class FactorState(Message):
    enrolled: bool
    compulsory: bool
    recovery_codes_left: int


class FactorOffered(Message):
    ticket: str
    secret: str
    uri: str


class FactorConfirmed(Message):
    ticket: str = Field(min_length=20, max_length=128)
    totp: Code


class RecoveryCodes(Message):
    codes: list[str] = Field(description="Shown this once; each is good for one sign-in without the authenticator.")


class PersonEntry(Message):
    id: str
    account: str
    name: str
    department: str
    roles: list[RoleName]
    disabled: bool
    must_change: bool = Field(description="Has a one-time password.")
    second_factor: bool
    created_utc_us: UtcMicroseconds
    used_utc_us: UtcMicroseconds = Field(description="When the person last signed in; at first, when it was made.")
    version: int


class PersonList(Message):
    people: list[PersonEntry]
    next: str | None = Field(description="Pass as `after` for the next page.")


class NewPerson(Message):
    account: str = Field(min_length=3, max_length=64, pattern=r"^[a-z0-9][a-z0-9._-]*$")
    name: PersonName
    department: DepartmentPath


class PersonMade(Message):
    person: PersonEntry
    one_time_password: str = Field(description="Shown this once, and changed at the first sign-in.")


class NameChange(Message):
    version: Version
    name: PersonName


class RightsChange(Message):
    version: Version
    roles: list[RoleName] = Field(max_length=7)
    department: DepartmentPath


class DisabledChange(Message):
    version: Version


class PermitEntry(Message):
    id: str
    person_id: str
    person_name: str
    action: str
    department: str
    until_utc_us: UtcMicroseconds
    granted_by: str
    granted_utc_us: UtcMicroseconds


class PermitList(Message):
    permits: list[PermitEntry]
    permittable: list[str] = Field(description="The actions that a permit can give.")


class NewPermit(Message):
    person_id: Name
    action: Name
    department: DepartmentPath
    until_utc_us: Annotated[int, Field(ge=0, lt=1 << 62)]


class RecoveryEntry(Message):
    id: str
    person_id: str
    person_name: str
    reason: str
    asked_by: str
    asked_utc_us: UtcMicroseconds
    state: Literal["asked", "confirmed", "withdrawn", "expired"]
    ended_by: str
    ended_utc_us: UtcMicroseconds


class RecoveryList(Message):
    recoveries: list[RecoveryEntry]


class NewRecovery(Message):
    person_id: Name
    reason: Reason


class RecoveryDone(Message):
    account: str
    one_time_password: str = Field(description="Shown this once, to the one who confirmed.")
