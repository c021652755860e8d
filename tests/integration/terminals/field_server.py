"""The fake server with an enforcement room: it tells what tests say, and answers commands as they say."""

import json
from dataclasses import dataclass, field

from dispatch_server.protocol.enforcement_views import CurrentEnforcement, EnforcementChoices
from tests.integration.terminals.fake_server import FakeServer
from tests.unit.terminals.enforcement.told import choices, told

Answer = tuple[int, bytes, dict[str, str]]


@dataclass
class FieldServer(FakeServer):
    """`refusals`: by command (open, begin, …), status and code of its next answers."""

    current: CurrentEnforcement = field(default_factory=told)
    choices: EnforcementChoices = field(default_factory=choices)
    refusals: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    looked: int = 0

    def _masters(self, method: str, path: str, body: bytes) -> Answer:
        name = path.removeprefix("/api/v1/terminal/")
        if name == "enforcement":
            self.looked += 1
            return 200, self.current.model_dump_json().encode(), {}
        if name == "enforcement-choices":
            return 200, self.choices.model_dump_json().encode(), {}
        waiting = self.refusals.get(name.rsplit("/", 1)[-1] if "/" in name else "open", [])
        if name.startswith("enforcements") and waiting:
            status, code = waiting.pop(0)
            problem = {"code": code, "detail": f"{code} in words"}
            return status, json.dumps(problem).encode(), {"Content-Type": "application/problem+json"}
        return super()._masters(method, path, body)
