"""What all sections have in common, and the kinds of values they hold."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, PlainValidator, WithJsonSchema
from pydantic_settings import NoDecode

from dispatch_server.kit.redact import Secret


class Mode(StrEnum):
    """Development issues its own accounts and shows more; production trusts nothing it was not given."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Section(BaseModel):
    """Frozen; an unknown key is an error, because it is a misspelt one."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=False)


def split_words(value: Any) -> Any:
    """The environment has only text: a list is written with commas there."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _to_secret(value: Any) -> Secret:
    if isinstance(value, Secret):
        return value
    if not isinstance(value, str):
        raise ValueError("must be a text")
    return Secret(value)


Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(split_words)]
SecretText = Annotated[
    Secret, PlainValidator(_to_secret), PlainSerializer(str, return_type=str), WithJsonSchema({"type": "string"})
]
Port = Annotated[int, Field(ge=0, le=65_535)]
Seconds = Annotated[float, Field(ge=0)]
Count = Annotated[int, Field(ge=1)]
Bytes = Annotated[int, Field(ge=0)]
Days = Annotated[int, Field(ge=0)]
Percent = Annotated[int, Field(ge=1, le=100)]
