"""The three administrators, signed in, and the people whom they make."""

import httpx2

from tests.integration.identity.people_rig import PeopleRig

PEOPLE = "/api/v1/people"


class Office:
    """The three, signed in with a fresh second factor."""

    def __init__(self, rig: PeopleRig, clients: list[httpx2.AsyncClient]) -> None:
        self.rig = rig
        self.system, self.security, self.audit = clients

    async def person(self, account: str, roles: list[str], department: str = "13") -> tuple[str, str]:
        """Made by one, given rights by another: (id, one-time password)."""
        body = {"account": account, "name": account, "department": department}
        made = await self.system.post(PEOPLE, json=body)
        assert made.status_code == 201, made.text
        identity = made.json()["person"]["id"]
        rights = {"version": 1, "roles": roles, "department": department}
        given = await self.security.put(f"{PEOPLE}/{identity}/rights", json=rights)
        assert given.status_code == 200, given.text
        return identity, made.json()["one_time_password"]

    async def id_of(self, account: str) -> str:
        found = (await self.audit.get(PEOPLE, params={"text": account})).json()["people"]
        return next(one["id"] for one in found if one["account"] == account)
