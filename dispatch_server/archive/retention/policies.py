"""The policies in force: read from their file, whose every change is put on record and told."""

from dataclasses import dataclass
from pathlib import Path

from dispatch_server.archive.model import Trouble
from dispatch_server.archive.retention.clock_watch import Tell
from dispatch_server.archive.retention.hold_store import HoldStore
from dispatch_server.archive.retention.policy import Policy
from dispatch_server.archive.retention.policy_file import PolicyWrong, read_policy_file
from dispatch_server.identity.callers import SystemCaller
from dispatch_server.identity.recording import Recorder
from dispatch_server.runtime.threads import Kind, Threads

NOTE = "policy"
MISSING = "missing"


@dataclass(slots=True)
class Policies:
    """`current` is None where there is no file: then nothing ends."""

    path: Path
    store: HoldStore
    recorder: Recorder
    threads: Threads
    tell: Tell
    current: Policy | None = None
    _is_wrong: bool = False

    async def open(self) -> None:
        """Raises PolicyWrong: a county does not begin with policies that it did not mean."""
        self.current = await self.threads.run(Kind.GENERAL, read_policy_file, self.path)
        self._told_wrong(self.current is None, f"{self.path} is missing")
        await self._enter()

    async def look(self) -> None:
        """Again and again: a file that was edited is on record within seconds, and its rules count from then on."""
        try:
            found = await self.threads.run(Kind.GENERAL, read_policy_file, self.path)
        except PolicyWrong as error:
            self._told_wrong(True, error.lines[0][:300])
            return
        self._told_wrong(found is None, f"{self.path} is missing")
        if found is None or (self.current is not None and found.digest == self.current.digest):
            return  # one that was taken away changes nothing before the next start, when nothing ends
        self.current = found
        await self._enter()

    async def _enter(self) -> None:
        """At each start, and when it changed; what was there before stands in the same line."""
        before = str((await self.store.note(NOTE) or {}).get("digest", ""))
        digest = self.current.digest if self.current is not None else MISSING
        rules = len(self.current.rules) if self.current is not None else 0
        async with self.store.writing() as connection:
            await self.recorder.enter(
                SystemCaller("retention"),
                "retention.policy",
                f"policy:{digest[:32]}",
                connection=connection,
                digest=digest,
                before=before,
                changed=bool(before) and before != digest,
                rules=rules,
            )
            await self.store.keep_note(connection, NOTE, {"digest": digest})
        if before and before != digest:
            self.tell(Trouble.POLICY_CHANGED, digest[:16], True, f"it was {before[:16]}")

    def _told_wrong(self, is_wrong: bool, detail: str) -> None:
        if is_wrong is not self._is_wrong:
            self._is_wrong = is_wrong
            self.tell(Trouble.POLICY_WRONG, self.path.name, is_wrong, detail if is_wrong else "")
