"""Settings of the terminals' register."""

from pydantic import Field

from dispatch_server.settings.section import Count, Percent, Seconds, Section


class DeviceSettings(Section):
    """Terminals: enrolment, tokens, presence, health, shifts."""

    terminals: Count = Field(2000, description="Terminals in the register, retired ones too.")
    code_s: Seconds = Field(600, description="Life of a one-time code.")
    code_tries: Count = Field(5, description="Wrong tries at a code before it opens nothing any more.")
    codes: Count = Field(256, description="One-time codes that are out at one time.")
    wrong_per_minute: Count = Field(10, description="Wrong codes and assertions of one address before it must wait.")
    tokens_per_minute: Count = Field(20, description="Access tokens of one terminal.")
    token_s: Seconds = Field(900, description="Life of an access token.")
    clock_tolerance_s: Seconds = Field(30, description="How wrong a terminal's clock may be in what it signs.")
    assertions: Count = Field(10_000, description="Signed assertions that are remembered so that none is used twice.")
    heartbeat_s: Seconds = Field(15, description="How often a terminal says how it is.")
    lost_s: Seconds = Field(45, description="Without any sign of life for this long a terminal is lost.")
    refresh_s: Seconds = Field(2, description="How often is looked for what other nodes changed or revoked.")
    shift_s: Seconds = Field(43_200, description="Length of a shift when nobody says otherwise.")
    longest_shift_s: Seconds = Field(86_400, description="Longest shift that may be asked for.")
    pin_tries: Count = Field(5, description="Wrong PINs in a row before an officer's PIN is locked.")
    pin_lock_s: Seconds = Field(900, description="How long it is locked.")
    history_s: Seconds = Field(300, description="How often a terminal's health is kept.")
    history_days: Count = Field(30, description="For how long.")
    battery_percent: Percent = Field(15, description="Charge at which an alarm begins; it ends 10 above, or on power.")
    storage_percent: Percent = Field(10, description="Free storage at which an alarm begins; it ends 5 above.")
    signal_dbm: int = Field(-110, description="Signal at which an alarm begins; it ends 5 above.")
    temperature_c: int = Field(60, description="Temperature at which an alarm begins; it ends 5 below.")
    clock_s: Seconds = Field(2, description="Clock offset at which an alarm begins; it ends at half of it.")
