"""Settings of packages for review and court, and of what is made from recordings."""

from typing import Annotated

from pydantic import Field

from dispatch_server.settings.section import Count, Seconds, Section

Hours = Annotated[int, Field(ge=1, le=72)]
Downloads = Annotated[int, Field(ge=1, le=5)]


class ExportSettings(Section):
    """Exports and derivatives."""

    recordings: Annotated[int, Field(ge=1, le=500)] = Field(500, description="Recordings in one package.")
    asked_hours: Count = Field(168, description="How long a request waits for its decision.")
    ready_hours: Hours = Field(72, description="How long a package can be fetched, at most.")
    downloads: Downloads = Field(5, description="Downloads of one package, at most.")
    sending: Count = Field(4, description="Packages that are sent at one time.")
    seal_wait_s: Seconds = Field(3600, description="How long an approved export waits for seals before it fails.")
    sm3: bool = Field(True, description="SM3 beside SHA-256 (GB/T 32905-2016) of each file in a package.")
    fonts_folder: str = Field("", description="Chinese fonts for the data sheet; empty: those of this machine.")
    clip_s: Count = Field(3600, description="Longest clip.")
    marked_s: Count = Field(600, description="Longest copy with a text burned in.")
    derivatives: Count = Field(100, description="Derivatives that wait to be made; more are refused.")
