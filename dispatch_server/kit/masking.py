"""A natural person's name as those see it who need not know who it is."""

STAR = "＊"


def masked_name(name: str) -> str:
    """王小明 → 王＊＊; how long the name is, is not told."""
    return name[:1] + STAR * 2 if name else ""
