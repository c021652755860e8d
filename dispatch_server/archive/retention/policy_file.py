"""Reads the policies' file: every mistake is named with its line, all of them at once."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml

from dispatch_server.archive.retention.policy import LEAST_FLOOR_MONTHS, MOST_MONTHS, Policy, Rule, Span
from dispatch_server.kit.errors import LocalFault
from dispatch_server.org.refusals import FileWrong
from dispatch_server.org.yaml_text import read_yaml

MOST_BYTES = 262_144
MOST_RULES = 500
MOST_LETTERS = 200
_TEXTS = {"department": "department", "kind": "kind", "step": "step", "class": "class_"}
_KNOWN = {"name", "keep", "linked", *_TEXTS}


class PolicyWrong(LocalFault):
    """The file of retention policies cannot be used; `lines` names each mistake and its place."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        super().__init__("retention_policy_wrong", "\n".join(lines))


def read_policy_file(path: Path) -> Policy | None:
    """None when there is no such file: then nothing ends. Raises PolicyWrong."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise PolicyWrong([f"{path}: cannot be read: {error.strerror}"]) from None
    return read_policy(data, str(path))


def read_policy(data: bytes, name: str) -> Policy:
    """Raises PolicyWrong."""
    if len(data) > MOST_BYTES:
        raise PolicyWrong([f"{name}: larger than {MOST_BYTES} bytes"])
    try:
        text = data.decode("utf-8")
        plain = read_yaml(text, name)
    except FileWrong as error:
        raise PolicyWrong(error.lines) from None
    except UnicodeDecodeError:
        raise PolicyWrong([f"{name}: is not UTF-8"]) from None
    return _Reader(name, yaml.compose(text, yaml.SafeLoader)).policy(plain, sha256(data).hexdigest())


class _Reader:
    """Collects mistakes while it reads; `node` knows the lines of what `plain` says."""

    def __init__(self, name: str, node: Any) -> None:
        self._name, self._mistakes = name, list[str]()
        self._lines: dict[tuple[object, ...], int] = {}
        self._note((), node)

    def policy(self, plain: Any, digest: str) -> Policy:
        if not isinstance(plain, dict):
            raise PolicyWrong([f"{self._name}, line 1: must be floor_months and rules"])
        for key in plain.keys() - {"floor_months", "rules"}:
            self._wrong((key,), f"{key} is not known")
        floor = plain.get("floor_months", LEAST_FLOOR_MONTHS)
        if type(floor) is not int or not LEAST_FLOOR_MONTHS <= floor <= MOST_MONTHS:
            self._wrong(("floor_months",), f"floor_months must be {LEAST_FLOOR_MONTHS} to {MOST_MONTHS}")
        lines = plain.get("rules")
        if not isinstance(lines, list) or len(lines) > MOST_RULES:
            self._wrong(("rules",), f"rules must be a list of at most {MOST_RULES}")
            lines = []
        rules = [self._rule(number, line) for number, line in enumerate(lines)]
        self._look_for_doubles(rules)
        if self._mistakes:
            raise PolicyWrong(self._mistakes)
        return Policy(tuple(rule for rule in rules if rule is not None), floor, digest)

    def _rule(self, number: int, line: Any) -> Rule | None:
        place, before = ("rules", number), len(self._mistakes)
        if not isinstance(line, dict):
            self._wrong(place, "a rule must have name and keep")
            return None
        for key in line.keys() - _KNOWN:
            self._wrong((*place, key), f"{key} is not known in a rule")
        texts = {field: line[key] for key, field in _TEXTS.items() if key in line}
        for key in ("name", *(key for key in _TEXTS if key in line)):
            value = line.get(key)
            if not isinstance(value, str) or not 0 < len(value) <= MOST_LETTERS:
                self._wrong((*place, key), f"{key} must be a text (in quotation marks if it is a number)")
        linked = line.get("linked")
        if linked is not None and not isinstance(linked, bool):
            self._wrong((*place, "linked"), "linked must be true or false")
        keep = self._keep((*place, "keep"), line.get("keep"))
        return None if len(self._mistakes) > before else Rule(line["name"], keep, linked=linked, **texts)

    def _keep(self, place: tuple[object, ...], value: Any) -> int | Span:
        if type(value) is int and 1 <= value <= MOST_MONTHS:
            return value
        if isinstance(value, str) and value in set(Span):
            return Span(value)
        self._wrong(place, f"keep must be a number of months (1 to {MOST_MONTHS}), {' or '.join(Span)}")
        return Span.PERMANENT

    def _look_for_doubles(self, rules: list[Rule | None]) -> None:
        seen: set[str] = set()
        for number, rule in enumerate(rules):
            if rule is not None and rule.name in seen:
                self._wrong(("rules", number), f"the name {rule.name} is given twice")
            seen.add(rule.name if rule is not None else "")

    def _note(self, place: tuple[object, ...], node: Any) -> None:
        if node is None:
            return
        self._lines[place] = node.start_mark.line + 1
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                self._note((*place, key.value), value)
                self._lines[*place, key.value] = key.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode):
            for number, value in enumerate(node.value):
                self._note((*place, number), value)

    def _wrong(self, place: tuple[object, ...], sentence: str) -> None:
        """At the nearest place that the file names."""
        line = next((self._lines[place[:n]] for n in range(len(place), -1, -1) if place[:n] in self._lines), 1)
        self._mistakes.append(f"{self._name}, line {line}: {sentence}")
