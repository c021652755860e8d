"""Reads YAML that anybody may have written: no aliases, no depth, no key given twice, nothing but plain values."""

from typing import Any

import yaml

from dispatch_server.org.refusals import FileWrong

DEEPEST = 12
MOST_EVENTS = 400_000
# libyaml's parser where it is there: ten times as fast, and it does not hold a hostile file's nesting on our stack.
_Fast: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Fast):  # type: ignore[misc]  # which of two classes is known only here
    """A key that is given twice is a mistake, not an overwriting."""

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        seen = set()
        for key, _ in node.value:
            if key.value in seen and isinstance(key.value, str):
                raise yaml.constructor.ConstructorError(None, None, f"{key.value} is given twice", key.start_mark)
            seen.add(key.value if isinstance(key.value, str) else id(key))
        return super().construct_mapping(node, deep)


def read_yaml(text: str, name: str) -> Any:
    """The plain values in it. Raises FileWrong, which names the line."""
    try:
        _look_through(text)
        return yaml.load(text, _Loader)  # noqa: S506 - it is a safe loader
    except yaml.YAMLError as error:
        raise FileWrong([f"{name}: {' '.join(str(error).split())[:500]}"]) from None
    except (ValueError, OverflowError, TypeError) as error:  # a day that no month has, a number without end
        raise FileWrong([f"{name}: {str(error)[:200]}"]) from None


def _look_through(text: str) -> None:
    """Over the parser's events, before anything is built: an alias is how a small file becomes a large one."""
    depth = 0
    for number, event in enumerate(yaml.parse(text, _Fast)):
        if isinstance(event, yaml.AliasEvent):
            raise _at(event, "aliases are not accepted")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST or number > MOST_EVENTS:
            raise _at(event, "it is too deep or too large")


def _at(event: Any, sentence: str) -> yaml.YAMLError:
    return yaml.YAMLError(f"line {event.start_mark.line + 1}: {sentence}")
