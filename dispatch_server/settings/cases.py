"""Settings of case files."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from dispatch_server.settings.section import Section


def _is_pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"is no regular expression: {error}") from None
    return text


Pattern = Annotated[str, Field(max_length=200), AfterValidator(_is_pattern)]


class CaseSettings(Section):
    """What the county's case numbers look like."""

    number_pattern: Pattern = Field(
        ".{2,80}",
        description="Regular expression of a whole case number: capitals, no spaces, brackets written as 〔〕.",
    )
