"""What somebody must look at: counted by its reason and said in the log, once until it is over."""

from collections.abc import Callable, Iterable

from dispatch_server.runtime.counters import Reading
from dispatch_server.runtime.log import log_of

Listener = Callable[[str, str], None]
LARGEST_NUMBER = 10_000
_log = log_of("ledger")


class Alarms:
    """`raised("witness_away", ...)`, later `over("witness_away")`."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.listener: Listener = lambda reason, about: None
        self._standing: set[tuple[str, str]] = set()

    def raised(self, reason: str, about: str = "", **facts: object) -> None:
        self.counts[reason] = self.counts.get(reason, 0) + 1
        if (reason, about) not in self._standing and len(self._standing) < LARGEST_NUMBER:
            self._standing.add((reason, about))
            self.listener(reason, about)
            _log.error("the ledger needs attention", reason=reason, about=about, **facts)

    def over(self, reason: str, about: str = "") -> None:
        if (reason, about) in self._standing:
            self._standing.remove((reason, about))
            _log.info("the ledger is well again", reason=reason, about=about)

    def standing(self) -> list[str]:
        """What is wrong now, without repetition."""
        return sorted({reason for reason, _ in self._standing})

    def readings(self) -> Iterable[Reading]:
        for reason, count in sorted(self.counts.items()):
            yield Reading("ledger_alarms", count, "What somebody must look at.", {"reason": reason})
        yield Reading("ledger_alarms_standing", len(self._standing), "Alarms that are not over.", kind="gauge")
