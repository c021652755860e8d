"""The three administrators of a node that `init` has just set up, over HTTP and for a browser's sign-in page."""

import asyncio
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from playwright.async_api import Browser, Page
from pyotp import TOTP

from tests.e2e.clips import ROOT
from tests.e2e.node import Node

PASSWORD = "Guanting-Reservoir-1954"
STEP_S = 30


def first_passwords(folder: Path, environment: dict[str, str]) -> dict[str, str]:
    """Set a node up, as an operator does; account → one-time password, as they are printed."""
    done = subprocess.run(
        [sys.executable, "-m", "dispatch_server", "init", "--without-organisation"],
        cwd=ROOT,
        env={**environment, "DISPATCH__DATA_FOLDER": str(folder)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    pairs = [line.split() for line in done.stdout.splitlines()]
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2 and pair[0] in ("system", "security", "audit")}


@dataclass
class Office:
    """Signs people in over HTTP; `secrets` are the second factors that were enrolled, by account."""

    node: Node
    passwords: dict[str, str]
    secrets: dict[str, str] = field(default_factory=dict)
    shown: dict[str, int] = field(default_factory=dict)
    clients: list[httpx2.Client] = field(default_factory=list)

    def code(self, account: str) -> str:
        """A code that was not shown before: one time step may be taken from the future (RFC 6238 section 5.2)."""
        step = int(time.time()) // STEP_S
        while step <= self.shown.get(account, 0):
            step += 1
        if step > int(time.time()) // STEP_S + 1:
            time.sleep(step * STEP_S - time.time() - STEP_S + 0.5)  # until that step is the next one
        self.shown[account] = step
        return TOTP(self.secrets[account]).generate_otp(step)

    def client(self) -> httpx2.Client:
        client = httpx2.Client(base_url=self.node.url, timeout=30, headers={"Origin": self.node.url})
        self.clients.append(client)
        return client

    def close(self) -> None:
        for client in self.clients:
            client.close()

    def settle(self, account: str) -> httpx2.Client:
        """The first sign-in of all: own password, second factor where the role wants one; the client is signed in."""
        client = self.client()
        answer = client.post("/api/v1/sessions", json={"account": account, "password": self.passwords[account]})
        while answer.status_code == 202:
            step = answer.json()
            shown: dict[str, Any] = {"new_password": PASSWORD}
            if step["step"] == "enrolment":
                self.secrets[account] = step["secret"]
                shown = {"totp": self.code(account)}
            answer = client.post("/api/v1/sessions/steps", json={"ticket": step["ticket"], **shown})
        assert answer.status_code == 201, answer.text
        self.passwords[account] = PASSWORD
        return client

    async def window(self, browser: Browser, account: str) -> tuple[Page, httpx2.Client]:
        """A window of somebody who is past the first sign-in already, and the client that shares it."""
        client = await asyncio.to_thread(self.settle, account)
        context = await browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
        await context.add_cookies(
            [
                {"name": one.name, "value": str(one.value), "url": self.node.url, "sameSite": "Strict"}
                for one in client.cookies.jar
            ]
        )
        page = await context.new_page()
        page.set_default_timeout(20_000)
        return page, client
