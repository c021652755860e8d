"""One line of the doctor."""

from dispatch_server.ops.finding import mend, note, well


def test_lines_say_the_verdict_and_the_cure() -> None:
    assert well("the clock is right").line() == "  ok    the clock is right"
    assert mend("no port", "free it").line() == "  MEND  no port\n        cure: free it"
    assert note("an old hat").line() == "  note  an old hat"
