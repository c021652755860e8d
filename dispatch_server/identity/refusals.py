"""How often somebody was refused: strangers are counted, people are put on record, up to a bound per minute."""

from dataclasses import dataclass, field

from dispatch_server.kit.errors import TooMany

PER_MINUTE = 60
BEGUN_PER_MINUTE = 240
MINUTE_S = 60


class TooManyActs(TooMany):
    """The ledger must not be filled by asking in a loop."""

    def __init__(self) -> None:
        super().__init__("too_many_acts", "This was asked too often; wait a minute.", retry_after_s=MINUTE_S)


@dataclass(slots=True)
class Refusals:
    """In `app.state.refusals`, one for all of a node; plain integers that wiring turns into figures."""

    strangers: int = 0
    not_listed: int = 0  # refusals of signed-in people over the bound
    per_minute: int = PER_MINUTE
    begun_per_minute: int = BEGUN_PER_MINUTE
    _minute: int = 0
    _listed: dict[str, int] = field(default_factory=dict)  # by session, of this minute only
    _begun: dict[str, int] = field(default_factory=dict)

    def listed(self, holder: str, seconds: float) -> bool:
        """Whether one more refusal of this session goes to the ledger; `seconds` of the wall clock."""
        self._turn(seconds)
        count = self._listed[holder] = self._listed.get(holder, 0) + 1
        if count > self.per_minute:
            self.not_listed += 1
        return count <= self.per_minute

    def begins(self, holder: str, seconds: float) -> bool:
        """Whether one more act that the guard enters may begin: who was refused too often waits for the next minute."""
        self._turn(seconds)
        count = self._begun[holder] = self._begun.get(holder, 0) + 1
        return count <= self.begun_per_minute and self._listed.get(holder, 0) < self.per_minute

    def _turn(self, seconds: float) -> None:
        minute = int(seconds // MINUTE_S)
        if minute != self._minute:
            self._minute, self._listed, self._begun = minute, {}, {}
