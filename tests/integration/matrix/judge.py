"""Asks every route as everybody, and compares each answer with what the registry says it must be."""

import re
from collections import Counter
from dataclasses import dataclass, field

import httpx2

from dispatch_server.identity.actions import ACTIONS
from dispatch_server.identity.model import Person, Role
from dispatch_server.identity.registry import MESSAGE, ROUTES, SAFE, SOCKET, Entry
from tests.integration.matrix.examples import BODIES, COUNTY_ONLY, EXAMPLES, NAMES_A_THING, QUERIES
from tests.integration.matrix.server import COUNTY, PLACES, Example, Whole
from tests.integration.matrix.sockets import SPOKEN

_PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")


@dataclass
class Findings:
    wrong: list[str] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)

    def expect(self, is_right: bool, what: str, answer: httpx2.Response) -> None:
        if not is_right:
            self.wrong.append(f"{what}: {answer.status_code} {answer.text[:120]}")


def parameters(entry: Entry) -> list[str]:
    return _PARAMETER.findall(entry.path)


def builder_key(entry: Entry, name: str) -> str:
    if f"{entry} {name}" in EXAMPLES:
        return f"{entry} {name}"
    for key in EXAMPLES:
        prefix, _, special = key.partition(" ")
        if special == name and entry.path.startswith(prefix):
            return key
    return name


def missing() -> list[str]:
    """Routes and messages that no case covers: a parameter without an example, a message without a body."""
    found = []
    for entry in ROUTES:
        if entry.method in (SOCKET, MESSAGE):
            found += [str(entry)] * (str(entry) not in SPOKEN)
        elif entry.kind == "Permit":
            found += [f"{entry}: {one}" for one in parameters(entry) if builder_key(entry, one) not in EXAMPLES]
    return found


async def check_all(whole: Whole, only: str = "") -> Findings:
    findings = Findings()
    for entry in ROUTES:
        if entry.method in (SOCKET, MESSAGE) or not entry.path.startswith(only):
            continue
        findings.asked["routes"] += 1
        if entry.kind == "Permit":
            await _check_permitted(whole, entry, findings)
        else:
            await _check_other(whole, entry, findings)
    return findings


async def _check_permitted(whole: Whole, entry: Entry, findings: Findings) -> None:
    bare = _PARAMETER.sub("1", entry.path)
    answer = await whole.ask(entry.method, bare, None)
    findings.expect(answer.status_code == 401, f"{entry} anonymous", answer)
    findings.asked["requests"] += 1
    for role in Role:
        for place in PLACES:
            person = whole.people[role, place]
            what = f"{entry} as {role} of {place or 'the county'}"
            findings.asked["cases"] += 1
            findings.asked["requests"] += 1
            if role not in ACTIONS[entry.action].roles:
                answer = await whole.ask(entry.method, bare, person, {}, anew=False)
                refused = answer.status_code == 403 and answer.json()["code"] == "not_permitted"
                findings.expect(refused, what, answer)
            else:
                await _check_reached(whole, entry, person, place, what, findings)


async def _check_reached(whole: Whole, entry: Entry, person: Person, place: str, what: str, findings: Findings) -> None:
    """With a thing at home; one that is not there answers what a sibling must be answered."""
    there, examples = await _ask(whole, entry, person, exists=True)
    refused = str(entry) in COUNTY_ONLY and place != COUNTY
    findings.expect(there.status_code not in (401, 503) and _not_permitted(there) == refused, what, there)
    if refused or not examples:
        return
    absent, _ = await _ask(whole, entry, person, exists=False)
    findings.asked["requests"] += 1
    findings.expect(absent.status_code == 404, f"{what}, absent", absent)
    hidden = any(place not in one.reached_by for one in examples)
    same = _told(there) == _told(absent)
    findings.asked["hidden" if hidden else "reached"] += 1
    findings.expect(same == hidden, f"{what}, {'hidden' if hidden else 'reached'}", there)


async def _ask(whole: Whole, entry: Entry, person: Person, exists: bool) -> tuple[httpx2.Response, list[Example]]:
    path, examples = entry.path, []
    for name in parameters(entry):
        example = await EXAMPLES[builder_key(entry, name)](whole)
        value = example.value if exists else example.absent or whole.new_id()
        path = _PARAMETER.sub(value, path, count=1)
        examples.append(example)
    path += QUERIES.get(str(entry), "")
    body = await BODIES[str(entry)](whole) if str(entry) in BODIES else {} if entry.method not in SAFE else None
    named = NAMES_A_THING.get(str(entry))
    if named is not None and isinstance(body, dict):
        examples.append(Example(body[named]))
        if not exists:
            body[named] = whole.new_id()
    return await whole.ask(entry.method, path, person, body), examples


async def _check_other(whole: Whole, entry: Entry, findings: Findings) -> None:
    """Open: the same for all. A bearer's or a terminal's: a sign-in is no key to it."""
    path = _PARAMETER.sub("1", entry.path)
    askers: list[Person | None] = [None, *whole.people.values()]
    answers = [await whole.ask(entry.method, path, asker, _body_of(entry), anew=False) for asker in askers]
    findings.asked["requests"] += len(answers)
    findings.asked["cases"] += len(answers) - 1
    for asker, answer in zip(askers, answers, strict=True):
        what = f"{entry} as {asker.roles if asker else 'anonymous'}"
        if entry.kind == "Open" and entry.method in SAFE:
            findings.expect(answer.status_code == answers[0].status_code, what, answer)
        elif entry.kind == "Open":
            findings.expect(answer.status_code in (answers[0].status_code, 429), what, answer)
        elif entry.kind == "ByTerminal":
            findings.expect(answer.status_code == 401, what, answer)
        else:
            findings.expect(400 <= answer.status_code < 500, what, answer)


def _body_of(entry: Entry) -> object:
    return {} if entry.method not in SAFE else None


def _not_permitted(answer: httpx2.Response) -> bool:
    return answer.status_code == 403 and answer.json()["code"] == "not_permitted"


def _told(answer: httpx2.Response) -> tuple[object, ...]:
    """What an answer tells, without the path that was asked for."""
    if answer.headers.get("content-type", "").startswith("application/problem+json"):
        told = answer.json()
        return answer.status_code, told["code"], told.get("detail"), told["title"]
    return answer.status_code, answer.headers.get("content-type")
