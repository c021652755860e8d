"""The form of an organisation's file: what each line of YAML, or each row of a sheet, may and must say."""

import re
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from dispatch_server.org.model import QuestionType

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")
TERMINALS = ("1号终端", "2号终端")


def printable(text: str) -> str:
    """Without control characters; a line break or a tab is none."""
    if _CONTROL.search(text):
        raise ValueError("control characters are not accepted")
    return text


Label = Annotated[str, Field(min_length=1, max_length=60), AfterValidator(printable)]
LongLabel = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(printable)]
Words = Annotated[str, Field(max_length=4000), AfterValidator(printable)]
Code = Annotated[str, Field(pattern=r"^\d\d$")]
PathText = Annotated[str, Field(pattern=r"^\d\d(/\d\d){0,3}$")]
ItemCode = Annotated[str, Field(pattern=r"^[A-Z0-9][A-Z0-9-]{1,31}$")]
Certificate = Annotated[str, Field(pattern=r"^[0-9A-Za-z\u4e00-\u9fff()（）〔〕-]{4,40}$")]
PersonId = Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9_-]*$")]
KindWord = Literal["centre", "bureau", "township"]
ItemKindWord = Literal["penalty", "licensing", "compulsion", "inspection", "expropriation", "other"]
QuestionWord = Literal["law_application", "discretion_benchmark", "fact_finding", "procedure", "other"]
ALL_QUESTIONS: tuple[QuestionWord, ...] = tuple(one.value for one in QuestionType)


class Line(BaseModel):
    """An unknown key is a misspelt one; a number is no text."""

    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=True)


class TeamLine(Line):
    code: Code
    name: Label
    name_en: str = Field("", max_length=60)
    closed: bool = False
    teams: list["TeamLine"] = Field(default=[], max_length=99)


class DepartmentLine(Line):
    """`terminals` is for the register of terminals; the organisation itself does not keep it."""

    code: Code
    name: Label
    name_en: Label
    kind: KindWord
    closed: bool = False
    terminals: list[Label] = Field(default=list(TERMINALS), min_length=1, max_length=99)
    teams: list[TeamLine] = Field(default=[], max_length=99)


class OfficerLine(Line):
    certificate: Certificate
    name: Label
    department: PathText
    expires_on: date
    valid_from: date | None = None
    withdrawn_on: date | None = None
    person: PersonId | None = None  # not said: as it is
    closed: bool = False


class ArticleLine(Line):
    law: LongLabel
    article: str = Field("", max_length=60)
    text: Words = ""


class TierLine(Line):
    circumstance: LongLabel
    tier: Label
    range: LongLabel


class ItemLine(Line):
    code: ItemCode
    name: LongLabel
    kind: ItemKindWord
    department: PathText
    basis: list[ArticleLine] = Field(min_length=1, max_length=20)
    question_types: list[QuestionWord] = Field(default=list(ALL_QUESTIONS), min_length=1, max_length=5)
    tiers: list[TierLine] = Field(default=[], max_length=40)
    closed: bool = False


class DelegationLine(Line):
    """One document: each of `items` is delegated to each of `to`."""

    document: LongLabel
    from_department: PathText = Field(alias="from")
    since: date
    until: date | None = None
    items: list[ItemCode] = Field(min_length=1, max_length=5000)
    to: list[PathText] = Field(min_length=1, max_length=99)
    closed: bool = False


class OrganisationFile(Line):
    """Any part may be missing: what a file does not speak of stays as it is."""

    county: Label | None = None
    county_en: Label | None = None
    departments: list[DepartmentLine] = Field(default=[], max_length=99)
    officers: list[OfficerLine] = Field(default=[], max_length=20_000)
    items: list[ItemLine] = Field(default=[], max_length=5000)
    delegations: list[DelegationLine] = Field(default=[], max_length=20_000)

    @model_validator(mode="after")
    def _both_names(self) -> Self:
        if (self.county is None) != (self.county_en is None):
            raise ValueError("county and county_en go together")
        return self


class DepartmentsFile(OrganisationFile):
    """The file by which a county begins: it must name the county and its departments."""

    county: Label
    county_en: Label
    departments: list[DepartmentLine] = Field(min_length=1, max_length=99)
