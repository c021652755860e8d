"""What a text is found by, and what is asked for: every part of Chinese, whole words of other scripts."""

from dispatch_server.reports.words import Run, holds, normal, runs, words

TEXT = normal("青石镇人民路３８号 ABC商贸 plate 鄂Q12345\n罚款单𠮷")


def asked(text: str) -> list[Run]:
    return list(runs(normal(text)))


def test_scripts_are_apart() -> None:
    assert [one.text for one in runs(TEXT)] == [
        "青石镇人民路", "38", "号", "abc", "商贸", "plate", "鄂", "q12345", "罚款单𠮷"
    ]  # fmt: skip


def test_every_part_of_chinese_is_found_and_only_whole_other_words() -> None:
    for text in ("青", "号", "人民", "民路", "镇人民路", "罚款", "𠮷", "单𠮷", "ＡＢＣ", "Plate", "q12345", "38"):
        assert all(holds(TEXT, one) for one in asked(text)), text
    for text in ("民人", "路号", "罚单", "plat", "12345", "贸p", "镇路"):
        assert not all(holds(TEXT, one) for one in asked(text)), text


def test_what_is_looked_up_is_among_what_is_filed() -> None:
    filed = words(TEXT)
    for text in ("青", "人民", "镇人民路", "罚款单", "abc", "q12345"):
        for one in asked(text):
            assert filed.issuperset(one.asked()), text
    assert not filed.issuperset(Run("民人", True).asked())


def test_pairs_alone_say_it_all_up_to_two_characters() -> None:
    assert [one.is_exact for one in asked("罚 罚款 罚款单 latinword")] == [True, True, False, True]
    assert Run("罚款单", True).asked() == ("罚款", "款单")


def test_what_is_no_character_is_no_word() -> None:
    assert asked("，。！ \ud800 --- ") == []
    assert words("") == set()
