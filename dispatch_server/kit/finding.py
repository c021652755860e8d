"""One finding of a doctor: on which side it is, whether it is well, and the cure, in Chinese and English."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    WELL = "ok"
    NOTE = "note"  # worth knowing; it works without
    MEND = "MEND"  # it does not work, or not for others


class Side(StrEnum):
    """Who has to act."""

    HERE = "本机 here"
    NETWORK = "网络 network"
    SERVER = "服务器 server"
    SERVICE = "服务 service"  # database, Redis


@dataclass(frozen=True, slots=True)
class Finding:
    """`what` and `cure` are (Chinese, English)."""

    verdict: Verdict
    side: Side
    what: tuple[str, str]
    cure: tuple[str, str] | None = None

    def line(self) -> str:
        cure = f"\n        处理 cure: {' / '.join(dict.fromkeys(self.cure))}" if self.cure else ""
        return f"  {self.verdict:<5} {self.side}: {' / '.join(self.what)}{cure}"


def well(side: Side, zh: str, en: str) -> Finding:
    return Finding(Verdict.WELL, side, (zh, en))


def note(side: Side, zh: str, en: str, *cure: str) -> Finding:
    """`cure` is Chinese and English, or once for both when it is a command."""
    return Finding(Verdict.NOTE, side, (zh, en), _both(cure))


def mend(side: Side, zh: str, en: str, *cure: str) -> Finding:
    """As `note`, but it must be mended: the doctor ends with an error."""
    return Finding(Verdict.MEND, side, (zh, en), _both(cure))


def needs_mending(findings: list[Finding]) -> bool:
    return any(finding.verdict is Verdict.MEND for finding in findings)


def _both(cure: tuple[str, ...]) -> tuple[str, str] | None:
    return (cure[0], cure[-1]) if cure else None
