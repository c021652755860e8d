"""A natural person as those see it who need not know who it is: enough to tell two apart on one page."""

STAR = "＊"
LONG_NUMBER = 8


def masked_name(name: str) -> str:
    """王小明 → 王＊＊; how long the name is, is not told."""
    return name[:1] + STAR * 2 if name else ""


def masked_number(number: str) -> str:
    """Little of a long number stays, nothing of a short one."""
    if len(number) < LONG_NUMBER:
        return STAR * len(number)
    return number[:3] + STAR * (len(number) - 5) + number[-2:]
