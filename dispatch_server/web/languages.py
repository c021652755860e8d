"""Which of our two languages a reader prefers (RFC 9110 12.5.4): Chinese unless English is asked for first."""

from collections.abc import Iterator

from starlette.types import Scope

_LONGEST = 500


def prefers_chinese(scope: Scope) -> bool:
    """True unless the Accept-Language header ranks English above Chinese."""
    weights = {"zh": 0.0, "en": 0.0}
    for language, weight in _ranges(_header(scope)):
        main = language.split("-")[0]
        if main in weights:
            weights[main] = max(weights[main], weight)
    return weights["en"] <= weights["zh"]


def _header(scope: Scope) -> str:
    for name, value in scope.get("headers", ()):
        if name == b"accept-language":
            return str(value[:_LONGEST].decode("latin-1"))
    return ""


def _ranges(text: str) -> Iterator[tuple[str, float]]:
    for part in text.lower().split(","):
        language, _, parameter = part.strip().partition(";")
        weight = parameter.strip().removeprefix("q=") if parameter else "1"
        try:
            yield language.strip(), float(weight)
        except ValueError:
            continue
