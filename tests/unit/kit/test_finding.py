"""A finding says in one line whether it is well and on whose side it is; the cure, if any, stands below it."""

from dispatch_server.kit.finding import Side, mend, needs_mending, note, well


def test_lines() -> None:
    assert well(Side.HERE, "很好", "all well").line() == "  ok    本机 here: 很好 / all well"
    assert note(Side.NETWORK, "注意", "look").line() == "  note  网络 network: 注意 / look"
    found = mend(Side.SERVICE, "坏了", "broken", "修", "mend it")
    assert found.line() == "  MEND  服务 service: 坏了 / broken\n        处理 cure: 修 / mend it"


def test_a_command_is_a_cure_in_both_languages() -> None:
    assert mend(Side.SERVER, "坏", "bad", "chmod go= x").line().endswith("处理 cure: chmod go= x")


def test_what_needs_mending() -> None:
    fine = [well(Side.HERE, "好", "well"), note(Side.HERE, "注意", "look")]
    assert not needs_mending(fine)
    assert needs_mending([*fine, mend(Side.HERE, "坏", "bad", "修", "mend")])
