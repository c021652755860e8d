"""Takes the messages of a line: understands them, asks whether they are permitted, and executes each once."""

import asyncio
from dataclasses import dataclass, field

from pydantic import BaseModel, ValidationError
from pydantic_core import to_json

from dispatch_server.identity.callers import TerminalCaller
from dispatch_server.kit.errors import DispatchError, LocalFault, Refusal
from dispatch_server.protocol import signals as words
from dispatch_server.runtime.guard import attempt
from dispatch_server.runtime.scope import OnFailure, TaskScope
from dispatch_server.signals.handlers import Handlers, Known
from dispatch_server.signals.limits import SignalLimits
from dispatch_server.signals.line import Line
from dispatch_server.signals.model import Parcel
from dispatch_server.signals.ports import Report, RightsPort
from dispatch_server.signals.receipts import Receipt


class MessageTooLarge(LocalFault):
    def __init__(self, name: str) -> None:
        super().__init__("message_too_large", f"{name} is larger than a socket's message may be")


def pack(message: BaseModel, *, key: str = "", reply_to: str = "", most: int = 65_536) -> Parcel:
    """Write a message once, for as many lines as it goes to. Raises MessageTooLarge."""
    name = words.name_of(type(message))
    body = message.model_dump_json()
    if len(body) > most:
        raise MessageTooLarge(name)
    return Parcel(name, body, key, reply_to)


@dataclass(slots=True)
class Desk:
    handlers: Handlers
    rights: RightsPort
    limits: SignalLimits
    report: Report
    refused: int = 0
    repeated: int = 0
    executed: int = 0
    _scope: TaskScope | None = field(default=None)

    def open(self, scope: TaskScope) -> None:
        """Messages are executed in tasks of this lifetime, so that a lost connection interrupts nothing."""
        self._scope = scope

    async def take(self, line: Line, message: words.Inbound) -> None:
        """One message that is no word of the envelope; returns when it was answered."""
        known = self.handlers.find(line.side, message.type)
        if known is None:
            self.refuse(line, message.id, "unknown_type", f"There is no message {message.type}.")
        elif not await self._may(line, known.action):
            self.refuse(line, message.id, "not_permitted", f"You may not do {known.action}.")
        elif message.id is not None and (receipt := line.receipts.find(message.id)) is not None:
            self.repeated += 1
            self._answer_again(line, receipt)
        else:
            await self._begin(line, known, message)

    def refuse(self, line: Line, message_id: str | None, code: str, sentence: str) -> None:
        """Tell the client; the connection goes on."""
        self.refused += 1
        answer = pack(words.Error(code=code, sentence=sentence), reply_to=message_id or "")
        if message_id is None:
            line.say(answer, self.limits.control_messages)
        else:
            line.send(answer)

    async def _may(self, line: Line, action: str) -> bool:
        if isinstance(line.peer, TerminalCaller):
            return True  # what terminals may send is registered for their side alone
        if self.rights.scope(line.peer, action):
            return True
        await self.rights.refused(line.peer, action)
        return False

    async def _begin(self, line: Line, known: Known, message: words.Inbound) -> None:
        try:
            body = known.model.model_validate_json(to_json(message.body, inf_nan_mode="null"))
        except ValidationError as error:
            self.refuse(line, message.id, "invalid_message", _where(error))
            return
        receipt = line.receipts.begin(message.id) if message.id is not None else None
        assert self._scope is not None
        task = self._scope.start(
            f"signal {message.type}", lambda: self._execute(line, known, body, message.id, receipt), OnFailure.LEAVE
        )
        # Not the task's end when the connection ends: its answer waits for the next one.
        await asyncio.shield(task)

    async def _execute(
        self, line: Line, known: Known, body: BaseModel, message_id: str | None, receipt: Receipt | None
    ) -> None:
        self.executed += 1

        def failed(error: Exception) -> BaseModel:
            if isinstance(error, TimeoutError):
                return words.Error(code="took_too_long", sentence="This took too long and was given up.")
            if isinstance(error, DispatchError) and isinstance(error, Refusal):
                if message_id is not None:
                    line.receipts.forget(message_id)
                return words.Error(code=error.code, sentence=error.sentence)
            self.report(f"signal {words.name_of(known.model)}", error)
            return words.Error(code="internal_error", sentence="This failed through no fault of yours.")

        answer = await attempt(self._handled(line, known, body), failed)
        if answer is None and message_id is None:
            return
        reply = pack(answer or words.Done(), reply_to=message_id or "")
        seq = line.send(reply)
        if receipt is not None:
            receipt.line, receipt.seq, receipt.reply = line.id, seq, reply

    async def _handled(self, line: Line, known: Known, body: BaseModel) -> BaseModel | None:
        async with asyncio.timeout(self.limits.handler_s):
            async with self.rights.on_record(line.peer, known.action):
                return await known.handler(line.peer, body)

    def _answer_again(self, line: Line, receipt: Receipt) -> None:
        """While it is executed, or while the answer is on its way by itself, there is nothing to add."""
        if receipt.reply is None or (receipt.line == line.id and line.outbox.holds(receipt.seq)):
            return
        receipt.line, receipt.seq = line.id, line.send(receipt.reply)


def _where(error: ValidationError) -> str:
    """Members and what is wrong with them, but not what was sent."""
    found = error.errors(include_input=False, include_url=False, include_context=False)[:5]
    sentence = "; ".join(f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in found)
    return sentence.encode("utf-8", "replace").decode("utf-8")[:500]
