"""What is left of a name."""

from dispatch_server.kit.masking import masked_name


def test_a_name_keeps_its_family_and_not_its_length() -> None:
    assert masked_name("王小明") == masked_name("王明") == "王＊＊"
    assert masked_name("") == ""
