"""What a terminal is given in order to publish."""

from pydantic import BaseModel, ConfigDict, Field, RootModel


class TerminalAccess(BaseModel):
    """One terminal's way in: it publishes at /whip/{number} with its key."""

    model_config = ConfigDict(extra="forbid")

    number: str
    department: str
    publish_key: str = Field(repr=False)


class TerminalAccessFile(RootModel[list[TerminalAccess]]):
    """The file (mode 0600) from which simulated terminals read their keys in development mode."""
