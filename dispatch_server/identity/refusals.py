"""How often somebody was refused: strangers are counted, people are put on record, up to a bound per minute."""

from dataclasses import dataclass, field

PER_MINUTE = 60


@dataclass(slots=True)
class Refusals:
    """In `app.state.refusals`; plain integers that wiring turns into figures."""

    strangers: int = 0
    not_listed: int = 0  # refusals of signed-in people over the bound
    per_minute: int = PER_MINUTE
    _minute: int = 0
    _listed: dict[str, int] = field(default_factory=dict)  # by session, of this minute only

    def listed(self, holder: str, seconds: float) -> bool:
        """Whether one more refusal of this session goes to the ledger: it must not be filled by asking in a loop."""
        minute = int(seconds // 60)
        if minute != self._minute:
            self._minute, self._listed = minute, {}
        count = self._listed[holder] = self._listed.get(holder, 0) + 1
        if count > self.per_minute:
            self.not_listed += 1
        return count <= self.per_minute
