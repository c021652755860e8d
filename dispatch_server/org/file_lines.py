"""The form of an organisation's file: what each line of YAML, or each row of a sheet, may and must say."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from dispatch_server.org.model import QuestionType
from dispatch_server.protocol.organisation import (
    CODE,
    Certificate,
    ItemCode,
    ItemKindWord,
    Label,
    LongLabel,
    PathText,
    PersonId,
    QuestionWord,
    ShortText,
    Words,
)

MOST_DELEGATIONS = 20_000
TERMINALS = ("1号终端", "2号终端")
Code = Annotated[str, Field(pattern=CODE)]
KindWord = Literal["centre", "bureau", "township"]
ALL_QUESTIONS: tuple[QuestionWord, ...] = tuple(one.value for one in QuestionType)


class Line(BaseModel):
    """An unknown key is a misspelt one; a number is no text."""

    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=True, str_strip_whitespace=True)


class TeamLine(Line):
    code: Code
    name: Label
    name_en: ShortText = ""
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
    article: ShortText = ""
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

    @model_validator(mode="after")
    def _not_too_many(self) -> Self:
        if sum(len(line.items) * len(line.to) for line in self.delegations) > MOST_DELEGATIONS:
            raise ValueError(f"more than {MOST_DELEGATIONS} delegations")
        return self


class DepartmentsFile(OrganisationFile):
    """The file by which a county begins: it must name the county and its departments."""

    county: Label
    county_en: Label
    departments: list[DepartmentLine] = Field(min_length=1, max_length=99)
