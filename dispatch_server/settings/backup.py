"""Settings of the daily backup."""

from typing import Annotated

from pydantic import Field

from dispatch_server.settings.section import Count, Seconds, Section

TimeOfDay = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class BackupSettings(Section):
    """A copy each day: of what is not media; another disk, better another machine."""

    folder: str = Field("", description="Where the daily backup goes, not under data_folder; empty: none is made.")
    at: TimeOfDay = Field("03:30", description="When, on this machine's clock (hours:minutes, in quotes).")
    keep: Count = Field(14, description="Backups that are kept; older ones are removed.")
    longest_s: Seconds = Field(3600, description="A backup that takes longer is given up as failed.")
