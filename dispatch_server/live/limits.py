"""The bounds of this room; every one is a key of the settings."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LiveLimits:
    grace_s: float = 600.0  # a publisher may come back for so long and carry on the same stream
    connect_s: float = 30.0  # an answered publisher that never connects is dropped after this
    stale_media_s: float = 5.0  # nothing came for so long: the same publish key may take over at once
    token_life_s: float = 60.0
    tokens: int = 10_000  # given and not yet used
    tokens_of_terminal: int = 8  # of these; one more makes the oldest void
    tokens_of_sign_in: int = 256
    asks_of_terminal: int = 30  # media tokens in a minute
    asks_of_sign_in: int = 1_200
    figures_s: float = 1.0  # how often the figures of a stream are read, however many consoles ask
    publish_keys: int = 1_000  # that are not revoked
    sessions: int = 2_000  # publishers and viewers together
    posts_per_minute: int = 10  # of one source or stream, from one address or sign-in
    refusals_per_minute: int = 10  # of one address, before 429 instead of 401
    patches_per_minute: int = 60  # of one session
    rate_keys: int = 10_000  # how many of those are remembered
    offer_bytes: int = 65_536
    fragment_bytes: int = 16_384
    unsaved_streams: int = 10_000  # while the database is away
    key_refresh_s: float = 2.0  # so that a revocation on another node ends the session here in under 5 s
