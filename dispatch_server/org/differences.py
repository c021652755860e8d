"""What a change changes, in a few short words for the ledger and for the report of an import."""

from dataclasses import fields
from datetime import date

from dispatch_server.org.model import Change

LONGEST = 120
_SILENT = frozenset({"version", "id", "path", "code"})
_WHOLE = frozenset({"basis", "tiers"})  # too long to be told: the versions themselves are kept


def differences(change: Change) -> dict[str, str]:
    """Field → `before → after`; of a new thing, the value alone."""
    found = {}
    for one in fields(change.after):
        after = getattr(change.after, one.name)
        before = getattr(change.before, one.name) if change.before is not None else None
        if one.name in _SILENT or before == after:
            continue
        if one.name in _WHOLE:
            found[one.name] = f"{len(before or ())} → {len(after)} entries"
        elif change.before is None:
            found[one.name] = _short(after)
        else:
            found[one.name] = f"{_short(before)} → {_short(after)}"
    return found


def _short(value: object) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, tuple):
        value = ",".join(str(one) for one in value)
    text = value.isoformat() if isinstance(value, date) else str(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
