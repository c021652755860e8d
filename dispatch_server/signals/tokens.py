"""The access token behind an open terminal socket: checked again and again, and replaced before it is over."""

from dataclasses import dataclass, field
from typing import Any

from dispatch_server.identity.callers import TerminalCaller
from dispatch_server.identity.ports import TerminalTokens


def tokens_of(state: Any) -> TerminalTokens | None:
    """What wiring put into the application's state; None: no room gives access tokens, so none is valid."""
    found: TerminalTokens | None = getattr(state, "terminals", None)
    return found


@dataclass(slots=True)
class Access:
    tokens: TerminalTokens
    token: str = field(repr=False)
    caller: TerminalCaller

    async def stands(self) -> bool:
        return await self.tokens.terminal_of(self.token) == self.caller

    async def renew(self, token: str) -> str | None:
        """Take the next token; the code of the refusal when it is no good or somebody else's."""
        caller = await self.tokens.terminal_of(token)
        if caller is None:
            return "token_refused"
        if caller.holder != self.caller.holder:
            return "token_not_for_this"  # another terminal, or its next key: that opens a connection of its own
        self.token, self.caller = token, caller
        return None
