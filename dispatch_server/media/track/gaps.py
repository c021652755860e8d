"""Which packets of one received track are missing, which of them to ask for now, and which numbers to believe."""

DROPOUT = 3000  # RFC 3550 A.1 MAX_DROPOUT: a step further ahead is not believed at once
MISORDER = 1500  # a packet further behind is not believed at once
MOST_MISSING = 1000  # more than this is not repaired packet by packet: forget them, ask for a key frame
REORDER_WAIT_S = 0.015  # most packets that only changed places are there by then
SHORTEST_RETRY_S = 0.04
MOST_TRIES = 10
LIVE_AGE_S = 1.0
PATIENT_AGE_S = 4.0  # a recorder listens: it can wait longer than a viewer
ASK_AT_ONCE = 250  # sequences in one NACK: even when far apart they fill less than one datagram
ROUND_TRIP_GUESS_S = 0.1
BEFORE_FIRST = 100  # packets that overtook the first one by so much still count as part of the stream

_NEVER = float("inf")


class Gaps:
    """
    Follows the extended sequence number of one source.

    Timer driven: nothing but `lost_now` says what to ask for. Counters only grow.
    """

    __slots__ = (
        "_due",
        "_expected_next",
        "_key_frame_wish",
        "_lowest",
        "_missing",
        "base",
        "duplicate",
        "given_up",
        "highest",
        "lost",
        "on_probation",
        "patient",
        "received",
        "recovered",
        "resets",
        "round_trip_s",
        "started",
    )

    def __init__(self) -> None:
        self.highest = -1  # extended; valid after the first packet
        self.base = 0  # first extended sequence since the last reset (RFC 3550 A.1 base_seq)
        self.patient = False
        self.round_trip_s = ROUND_TRIP_GUESS_S
        self.received = 0  # accepted, repaired ones included
        self.recovered = 0  # of these: had been asked for
        self.lost = 0  # found missing at some time
        self.given_up = 0  # of these: not asked for any more
        self.duplicate = 0  # known already, or given up
        self.on_probation = 0  # dropped because of an unbelievable jump
        self.resets = 0
        self.started = False
        self._lowest = 0
        self._expected_next = -1  # 16 bits: what must come next for a jump to be believed
        # extended sequence → [found missing at, next question at, questions so far]
        self._missing: dict[int, list[float]] = {}
        self._due = _NEVER
        self._key_frame_wish = False

    def extend(self, sequence16: int) -> int:
        """16 bits of the wire to the extended number that they most likely mean; changes nothing."""
        if not self.started:
            return sequence16
        ahead = (sequence16 - self.highest) & 0xFFFF
        # Further behind than MISORDER cannot be a late packet: then it is one ahead.
        return self.highest + (ahead if ahead < 0x10000 - MISORDER else ahead - 0x10000)

    def accept(self, sequence16: int, now: float, repair: bool = False) -> int | None:
        """The extended sequence of a packet to use; None for a duplicate, or one on probation."""
        highest = self.highest
        if sequence16 == highest + 1 & 0xFFFF and self.started and not repair:
            self.highest = highest = highest + 1
            self.received += 1
            return highest
        sequence = self.extend(sequence16)
        return sequence if self.note(sequence, now, repair) else None

    def note(self, sequence: int, now: float, repair: bool = False) -> bool:
        """Take note of an extended sequence (from `extend`); False when the packet must not be used."""
        step = sequence - self.highest
        if step == 1 and self.started:
            self.highest = sequence
            self.received += 1
            return True
        if not self.started:
            return self._begin(sequence)
        if step > DROPOUT:
            return self._probation(sequence, repair)
        self._expected_next = -1
        if step > 0:
            first, self.highest = self.highest + 1, sequence
            self._miss(first, sequence, now)
            self.received += 1
            return True
        return self._fill(sequence, now)

    def _begin(self, sequence: int) -> bool:
        self.started = True
        self.highest = self.base = sequence
        self._lowest = sequence - BEFORE_FIRST
        self.received += 1
        return True

    def _probation(self, sequence: int, repair: bool) -> bool:
        """RFC 3550 A.1: a big jump counts when the very next packet confirms it; then the source starts anew."""
        if repair or sequence & 0xFFFF != self._expected_next:
            if not repair:
                self._expected_next = sequence + 1 & 0xFFFF
            self.on_probation += 1
            return False
        self._expected_next = -1
        self._forget_missing()
        self.resets += 1
        return self._begin(sequence)

    def _miss(self, first: int, end: int, now: float) -> None:
        count = end - first
        self.lost += count
        missing = self._missing
        if count + len(missing) > MOST_MISSING:
            self.given_up += count
            self._forget_missing()
            return
        due = now + REORDER_WAIT_S
        for number in range(first, end):
            missing[number] = [now, due, 0]
        if count and due < self._due:
            self._due = due

    def _fill(self, sequence: int, now: float) -> bool:
        entry = self._missing.pop(sequence, None)
        if entry is None:
            if self._lowest < sequence < self.base:  # overtaken by the very first packet
                self._miss(sequence + 1, self.base, now)
                self.base = sequence
                self.received += 1
                return True
            self.duplicate += 1
            return False
        self.received += 1
        if entry[2]:
            self.recovered += 1
        if not self._missing:
            self._due = _NEVER
        return True

    def _forget_missing(self) -> None:
        self.given_up += len(self._missing)
        self._missing.clear()
        self._due = _NEVER
        self._key_frame_wish = True

    def lost_now(self, now: float) -> list[int]:
        """The extended sequences to put into a NACK now, oldest first; call it when `deadline` has come."""
        if now < self._due:
            return []
        retry = max(self.round_trip_s, SHORTEST_RETRY_S)
        age = PATIENT_AGE_S if self.patient else LIVE_AGE_S
        ask: list[int] = []
        gone: list[int] = []
        nearest = _NEVER
        for sequence, entry in self._missing.items():
            since, due, tries = entry
            if due <= now:
                if tries >= MOST_TRIES or now - since >= age:
                    gone.append(sequence)
                    continue
                if len(ask) < ASK_AT_ONCE:
                    ask.append(sequence)
                    entry[1] = due = now + retry
                    entry[2] = tries + 1
            if due < nearest:
                nearest = due
        self._due = nearest
        self._give_up(gone)
        return ask

    def give_up_old(self, now: float) -> None:
        """For a source that repairs nothing: stop waiting for what is too old, ask for nothing."""
        if now < self._due:
            return
        age = PATIENT_AGE_S if self.patient else LIVE_AGE_S
        gone = [sequence for sequence, entry in self._missing.items() if now - entry[0] >= age]
        self._give_up(gone)
        self._due = min([entry[0] + age for entry in self._missing.values()], default=_NEVER)

    def _give_up(self, gone: list[int]) -> None:
        if gone:
            for sequence in gone:
                del self._missing[sequence]
            self.given_up += len(gone)
            self._key_frame_wish = True

    def deadline(self) -> float | None:
        """When `lost_now` has something to do."""
        return None if self._due == _NEVER else self._due

    def take_key_frame_wish(self) -> bool:
        """Whether packets were given up since the last call, so that only a key frame mends the picture."""
        wish, self._key_frame_wish = self._key_frame_wish, False
        return wish

    @property
    def missing(self) -> int:
        """How many packets are missing and still waited for."""
        return len(self._missing)
