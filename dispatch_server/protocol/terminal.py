"""What a terminal is given in order to publish."""

from pydantic import BaseModel, ConfigDict, Field


class TerminalAccess(BaseModel):
    """One terminal's way in: where it publishes and the key that lets it."""

    model_config = ConfigDict(extra="forbid")

    number: str
    name: str
    department: str
    whip_path: str = Field(description="Path of the WHIP endpoint on the server.")
    publish_key: str = Field(repr=False)


class TerminalAccessFile(BaseModel):
    """The file (mode 0600) from which simulated terminals read their keys in development mode."""

    model_config = ConfigDict(extra="forbid")

    terminals: list[TerminalAccess]
