"""The plain facts of coverage."""

from dispatch_server.archive.coverage.model import Coverage, Kind, Run


def test_a_coverage_spans_its_runs() -> None:
    runs = (Run(10, 20, Kind.LIVE), Run(20, 50, Kind.MISSING, "cut"))
    found = Coverage("e", "13", "T1301", runs, 250, 30, 0, 0, False)
    assert (found.from_utc_us, found.to_utc_us, runs[1].length_us) == (10, 50, 30)
    assert Coverage("e", "13", "", (), 0, 0, 0, 0, False).from_utc_us == 0
