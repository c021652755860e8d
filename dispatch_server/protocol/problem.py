"""The body of every refusal: an RFC 9457 problem with a stable code for programs and a sentence for people."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

MEDIA_TYPE = "application/problem+json"


class Problem(BaseModel):
    """RFC 9457 section 3; `code` is ours: it never changes, while title and detail may."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(default="about:blank", description="Names the kind of problem.")
    title: str = Field(description="The kind of problem in a few words; the same each time.")
    status: int = Field(ge=400, le=599, description="The HTTP status code, repeated.")
    code: str = Field(description="Stable name for programs, in snake_case.")
    detail: str | None = Field(default=None, description="What is wrong this time.")
    instance: str | None = Field(default=None, description="The path that was asked for.")
    accepted: list[str] | None = Field(
        default=None, description="What would have been accepted (codecs, content types, layers)."
    )
    retry_after_s: int | None = Field(default=None, description="Seconds to wait before asking again.")


def responses(*codes: int) -> dict[int | str, dict[str, Any]]:
    """The error answers of a route, in the form that its declaration wants."""
    return {code: {"model": Problem, "content": {MEDIA_TYPE: {}}} for code in codes}
