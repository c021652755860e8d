"""An enforcement of three terminals: two that stay on air, one that leaves early; what the team says of it."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.e2e.clips import FOLDER, clip_of
from tests.e2e.node import Node
from tests.e2e.team import WELL, Team
from tests.waiting import until

NUMBERS = ("T1301", "T1302", "T1303")
OFFICERS = ["样例-13-001", "样例-13-002"]


@dataclass
class Three:
    """The two that stay are one process, the third its own."""

    node: Node
    folder: Path
    enforcement: str = ""
    team: Team = field(init=False)

    def go_on_air(self) -> None:
        client = self.node.client()
        body = {"department": "13", "name": "城关镇三号执法仪", "name_en": "Chengguan, terminal 3"}
        made = client.post("/api/v1/devices", json=body)
        assert made.status_code == 201 and made.json()["number"] == NUMBERS[2], made.text
        issued = client.post("/api/v1/publish-keys", json={"source": NUMBERS[2]})
        assert issued.status_code == 201, issued.text
        known = json.loads((self.node.folder / "terminals.json").read_text("utf-8"))
        keys = {one["number"]: one["publish_key"] for one in known} | {NUMBERS[2]: issued.json()["key"]}
        self.team = Team(self.node, NUMBERS[0], OFFICERS)
        for number in NUMBERS:
            Team(self.node, number, []).enrol() if number != NUMBERS[0] else self.team.enrol()
            clip_of(number, "城关镇")
        self._simulate("stay", {one: keys[one] for one in NUMBERS[:2]})
        self._simulate("leaves", {NUMBERS[2]: keys[NUMBERS[2]]})
        until(lambda: set(NUMBERS) <= set(self.node.live()), 60, "three live terminals")

    def _simulate(self, name: str, keys: dict[str, str]) -> None:
        file = self.folder / f"{name}.json"
        entries = [{"number": one, "department": "城关镇", "publish_key": key} for one, key in keys.items()]
        file.write_text(json.dumps(entries), "utf-8")
        command = ["terminals", "simulate", "--count", str(len(keys)), "--server", self.node.url, "--keys", str(file)]
        place = ["--clips", str(FOLDER), "--local-host", self.node.host]
        self.node.terminals.append(self.node._run(f"{name}.log", *command, *place))

    def begin(self) -> None:
        self.enforcement = self.team.opened("CF-03-001", terminals=list(NUMBERS[1:]), place="河滩路 12 号砂场")
        self.team.send(self.enforcement, "begin", check=WELL)

    def step(self, code: str, what: str) -> None:
        self.team.send(self.enforcement, "steps", step=code, what=what)

    def third_leaves(self) -> None:
        self.node.terminals[-1].terminate()
        until(lambda: NUMBERS[2] not in self.node.live(), 30, "the third one's end")

    def finish(self) -> None:
        """With a reason for every step that was not taken; then all leave, and what they recorded is closed."""
        detail: dict[str, Any] = self.node.get(f"/api/v1/enforcements/{self.enforcement}")
        missing = [
            {"step": one["step"]["code"], "reason": "现场未发生"} for one in detail["checklist"] if one["missing"]
        ]
        self.team.send(self.enforcement, "finish", reason="检查完毕", missing=missing)
        for terminal in self.node.terminals:
            terminal.terminate()
        until(self._is_closed, 90, "recordings that have ended")

    def _is_closed(self) -> bool:
        recordings = self.node.get("/api/v1/recordings")["recordings"]
        return all(one["state"] in ("closed", "sealed") for one in recordings)
