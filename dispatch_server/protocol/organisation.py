"""What the console and the server say to each other about departments, officers, items and delegations."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

CODE = r"^[0-9]{2}$"  # \d would take digits of every script
PATH = r"^[0-9]{2}(/[0-9]{2}){0,3}$"
ITEM_CODE = r"^[A-Z0-9][A-Z0-9-]{1,31}$"
CERTIFICATE = r"^[0-9A-Za-z\u4e00-\u9fff()（）〔〕-]{4,40}$"
PERSON_ID = r"^[A-Za-z0-9_-]{0,64}$"
NOT_PRINTABLE = frozenset(chr(code) for code in (*range(9), *range(11, 32), *range(127, 160), 0xFFFE, 0xFFFF))


def printable(text: str) -> str:
    """Refuses control characters (a line break or a tab is none) and what is no character at all."""
    if not NOT_PRINTABLE.isdisjoint(text) or any("\ud800" <= one <= "\udfff" for one in text):
        raise ValueError("control characters are not accepted")
    return text


Label = Annotated[str, Field(min_length=1, max_length=60), AfterValidator(printable)]
ShortText = Annotated[str, Field(max_length=60), AfterValidator(printable)]
LongLabel = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(printable)]
Words = Annotated[str, Field(max_length=4000), AfterValidator(printable)]
PathText = Annotated[str, Field(pattern=PATH)]
ItemCode = Annotated[str, Field(pattern=ITEM_CODE)]
Certificate = Annotated[str, Field(pattern=CERTIFICATE)]
PersonId = Annotated[str, Field(pattern=PERSON_ID)]
DepartmentKindWord = Literal["county", "centre", "bureau", "township", "team"]
ItemKindWord = Literal["penalty", "licensing", "compulsion", "inspection", "expropriation", "other"]
QuestionWord = Literal["law_application", "discretion_benchmark", "fact_finding", "procedure", "other"]
MayNotActWord = Literal[
    "left_service", "certificate_withdrawn", "certificate_expired", "certificate_not_yet_valid", "department_closed"
]
UtcMicroseconds = Annotated[int, Field(ge=0, description="Microseconds since 1970-01-01 UTC.")]
Version = Annotated[int, Field(ge=1, description="Send it back in If-Match to change the entry.")]


class Message(BaseModel):
    """An unknown member in a request is an error: it is a misspelt one."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class DepartmentWish(Message):
    parent: str = Field(
        default="", pattern=r"^([0-9]{2}(/[0-9]{2}){0,2})?$", description="Path; empty: the county itself."
    )
    code: str = Field(pattern=CODE, description="Two digits; with the parent's path they make its own.")
    name: Label
    name_en: ShortText = ""
    kind: Literal["centre", "bureau", "township", "team"]


class DepartmentChange(Message):
    name: Label
    name_en: ShortText = ""
    closed: bool = Field(default=False, description="Closes the teams below it, too. It is never deleted.")


class DepartmentMove(Message):
    parent: PathText
    code: str = Field(pattern=CODE)


class Department(Message):
    path: str = Field(description="Empty: the county; 13: a department; 13/01: its first team.")
    code: str
    parent: str | None = Field(description="Path of what is above it; null for the county.")
    name: str
    name_en: str
    kind: DepartmentKindWord
    closed_utc_us: UtcMicroseconds | None
    moved_to: str = Field(description="The path under which a moved team goes on; else empty.")
    version: Version


class DepartmentList(Message):
    revision: int = Field(description="Of the whole organisation.")
    departments: list[Department]


class OfficerWish(Message):
    name: Label
    certificate: Certificate
    department: PathText
    expires_on: date = Field(description="The last day on which the certificate is good, by the county's calendar.")
    valid_from: date | None = None
    withdrawn_on: date | None = None
    person_id: PersonId = Field(default="", description="The person who signs in; empty: none.")


class OfficerChange(OfficerWish):
    closed: bool = Field(default=False, description="Has left the service.")


class Officer(OfficerChange):
    id: str
    closed_utc_us: UtcMicroseconds | None
    version: Version
    may_not_act: MayNotActWord | None = Field(description="Why an enforcement cannot begin; null: it can.")
    days_left: int = Field(description="Of the certificate, after today; negative: expired so long ago.")


class OfficerList(Message):
    officers: list[Officer]
    next_after: str | None = Field(description="Ask with `after` for the following ones; null: these are the last.")


class Article(Message):
    law: LongLabel
    article: ShortText = Field(default="", description="Empty: still to be filled in.")
    text: Words = ""


class Tier(Message):
    circumstance: LongLabel
    tier: Label
    range: LongLabel


class ItemChange(Message):
    name: LongLabel
    kind: ItemKindWord
    department: PathText = Field(description="The county department that owns it.")
    basis: list[Article] = Field(min_length=1, max_length=20)
    question_types: list[QuestionWord] = Field(min_length=1, max_length=5)
    tiers: list[Tier] = Field(default=[], max_length=40)
    closed: bool = Field(default=False, description="Abolished.")


class ItemWish(ItemChange):
    code: ItemCode
    closed: Literal[False] = False


class Item(ItemChange):
    code: str
    closed_utc_us: UtcMicroseconds | None
    version: Version


class ItemList(Message):
    revision: int
    items: list[Item]


class DelegationWish(Message):
    item: ItemCode
    from_department: PathText
    to_department: PathText
    since: date
    until: date | None = Field(default=None, description="The last day; null: until it is revoked.")
    document: LongLabel


class DelegationChange(Message):
    until: date | None = None
    document: LongLabel
    closed: bool = Field(default=False, description="Revoked.")


class Delegation(DelegationWish):
    id: str
    closed_utc_us: UtcMicroseconds | None
    version: Version
    in_force: bool


class DelegationList(Message):
    revision: int
    delegations: list[Delegation]


class Desks(Message):
    """Who is called for a help request about this item from there."""

    item: str
    item_version: int
    departments: list[str] = Field(description="Paths of the delegating departments; of the owner if none delegated.")
    centres: list[str] = Field(description="Paths of the supervision centre.")
    is_delegated: bool


class ImportEntry(Message):
    kind: Literal["department", "officer", "item", "delegation"]
    key: str
    name: str
    what: Literal["created", "changed", "closed", "reopened"]
    differences: dict[str, str]


class ImportReport(Message):
    """What an import changes, or would change."""

    revision: int = Field(description="Send it in If-Match to apply what was rehearsed.")
    applied: bool
    created: int
    changed: int
    closed: int
    reopened: int
    unchanged: int
    problems: list[str] = Field(description="Why it could not be applied; the first hundred.")
    entries: list[ImportEntry] = Field(description="The first five hundred changes.")
