"""Settings of enforcements in the field."""

from pydantic import Field

from dispatch_server.settings.section import Bytes, Count, Percent, Seconds, Section


class EnforcementSettings(Section):
    """Enforcements: the check before the start, late commands, silent terminals."""

    battery_percent: Percent = Field(30, description="Charge below which a beginning needs a reason.")
    storage_free_bytes: Bytes = Field(4 << 30, description="Free space below which a beginning needs a reason.")
    clock_s: Seconds = Field(2, description="Clock offset beyond which a beginning needs a reason.")
    late_s: Seconds = Field(259_200, description="How long ago an opening may have happened that comes only now.")
    prompt_s: Seconds = Field(
        60, description="An opening or a begin that a terminal tells later than this is recorded with its faults."
    )
    ahead_s: Seconds = Field(5, description="How far a terminal's time may be before the server's.")
    silent_s: Seconds = Field(43_200, description="A terminal silent for this long: its enforcement is pointed out.")
    waiting: Count = Field(50, description="Opened and not begun, in one department.")
    commands_per_minute: Count = Field(300, description="Commands of one terminal or person.")
    refresh_s: Seconds = Field(5, description="How often is looked for what other nodes changed.")
