"""The outside world: clock, chance, threads, log, database; no word of the domain."""
