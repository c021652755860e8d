"""A township's team with its enrolled terminal: what it sends of an enforcement, as the terminal does."""

import itertools
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from terminals.device_key import DeviceKey
from tests.e2e.node import Node

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
WELL = {"battery_percent": 86.0, "charging": False, "storage_free_bytes": 1 << 36, "clock_offset_us": 1200}
PARTY = {"kind": "person", "name": "张三丰", "identifier": "130102199001011234"}


@dataclass
class Team:
    node: Node
    number: str
    officers: list[str]
    keys: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    token: str = ""

    def enrol(self, kept: Path | None = None) -> None:
        """`kept`: a file for the device's program."""
        client = self.node.client()
        issued = client.post(f"/api/v1/devices/{self.number}/enrolment-code")
        assert issued.status_code == 201, issued.text
        key = DeviceKey.make()
        body = {"code": issued.json()["code"], "number": self.number, "public_key": key.public, "device": {}}
        taken = httpx2.post(f"{self.node.url}/api/v1/terminals/enrol", json=body, timeout=20)
        assert taken.status_code in (200, 201), taken.text
        enrolled = key.placed(self.number, self.node.url, taken.json()["audience"])
        if kept is not None:
            enrolled.write(kept)
        data = {"grant_type": GRANT, "assertion": enrolled.assertion(time.time_ns() // 1000)}
        answer = httpx2.post(f"{self.node.url}/api/v1/terminals/token", data=data, timeout=20)
        assert answer.status_code == 200, answer.text
        self.token = str(answer.json()["access_token"])

    def ask(self, method: str, path: str, body: object = None) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = httpx2.request(
            method, f"{self.node.url}/api/v1/terminal{path}", json=body, headers=headers, timeout=20
        )
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    def heartbeat(self, **figures: Any) -> None:
        self.ask("POST", "/heartbeat", figures)

    def opened(self, item: str, **changes: Any) -> str:
        words = {
            "kind": "penalty",
            "item": item,
            "officers": self.officers,
            "party": PARTY,
            "place": "河滩路 12 号砂场",
        }
        told = self.ask("POST", "/enforcements", {"key": self.key(), **words, **changes})
        return str(told["enforcement_id"])

    def send(self, enforcement: str, command: str, /, **words: Any) -> None:
        self.ask("POST", f"/enforcements/{enforcement}/{command}", {"key": self.key(), **words})

    def key(self) -> str:
        return f"{self.number}-{next(self.keys):08d}"
