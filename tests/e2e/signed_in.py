"""A person at a browser: signs in with a one-time password, takes an own one, and enrols an authenticator."""

import time
from dataclasses import dataclass
from typing import Any

import httpx2
from pyotp import TOTP

STEP_S = 30


@dataclass
class Signed:
    """Somebody who is signed in. `asks` wants the status that it names and gives the JSON."""

    client: httpx2.Client
    account: str
    password: str
    secret: str = ""  # of the authenticator

    def asks(self, method: str, path: str, status: int, body: object = None) -> Any:
        answer = self.client.request(method, path, json=body)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def gets(self, path: str) -> Any:
        return self.asks("GET", path, 200)


def first_sign_in(client: httpx2.Client, account: str, one_time: str, password: str) -> Signed:
    """Whatever the server says that is missing is shown, until the session is there."""
    signed = Signed(client, account, password)
    answer = client.post("/api/v1/sessions", json={"account": account, "password": one_time})
    steps = []
    while answer.status_code == 202:
        told = answer.json()
        steps.append(told["step"])
        shown = {"new_password": password} if told["step"] == "new_password" else {"totp": _code(signed, told)}
        answer = client.post("/api/v1/sessions/steps", json={"ticket": told["ticket"], **shown})
    assert answer.status_code == 201, answer.text
    assert steps[0] == "new_password", "a one-time password is changed first"
    return signed


def sign_in_again(client: httpx2.Client, person: Signed) -> Signed:
    """With the own password, and the authenticator's next code: the one of now was used perhaps."""
    shown = {"account": person.account, "password": person.password}
    if person.secret:
        shown["totp"] = TOTP(person.secret).at(int(time.time()) + STEP_S)
    answer = client.post("/api/v1/sessions", json=shown)
    assert answer.status_code == 201, answer.text
    return Signed(client, person.account, person.password, person.secret)


def _code(signed: Signed, told: dict[str, Any]) -> str:
    assert told["step"] == "enrolment" and told["uri"].startswith("otpauth://totp/"), told
    signed.secret = told["secret"]
    return TOTP(signed.secret).now()
