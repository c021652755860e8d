"""Bounds of exports."""

from dataclasses import dataclass

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US
LONGEST_HOURS = 72


@dataclass(frozen=True, slots=True)
class ExportLimits:
    recordings: int = 500  # in one package
    open_requests: int = 500  # that wait for a decision or are made, in the whole county
    asked_us: int = 7 * DAY_US  # that a request waits for its decision
    hours: int = LONGEST_HOURS  # that a package stays ready, at most
    downloads: int = 5  # of one package, at most
    links: int = 20  # of one package
    resumptions: int = 200  # of one link
    sending: int = 4  # packages at one time
    seal_wait_us: int = HOUR_US  # that an approved request waits for the seals of its recordings
    look_s: float = 5.0
    with_sm3: bool = True
    fonts_folder: str = ""
    layouts: int = 8  # that are held in memory
