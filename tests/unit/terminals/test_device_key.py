"""The device's key file: for nobody else, whole, and refused when it is anything else."""

from pathlib import Path

import pytest

from terminals.device_key import DeviceKey, DeviceKeyWrong


def test_it_is_kept_for_nobody_else_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "new" / "device-key.json"
    key = DeviceKey.make().placed("T1301", "https://a.example", "https://a.example")
    key.write(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert [one.name for one in path.parent.iterdir()] == ["device-key.json"]
    read = DeviceKey.read(path)
    assert (read.number, read.server, read.public) == ("T1301", "https://a.example", key.public)
    assert "d" not in read.public


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"number": "T1301"}', "\x00", '{"key": {"kty": "OKP"}}'])
def test_anything_else_is_refused_with_words(tmp_path: Path, content: str) -> None:
    path = tmp_path / "device-key.json"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(DeviceKeyWrong, match="is no device key"):
        DeviceKey.read(path)


def test_a_missing_file_and_one_that_others_may_read(tmp_path: Path) -> None:
    with pytest.raises(DeviceKeyWrong, match="cannot be read"):
        DeviceKey.read(tmp_path / "none")
    path = tmp_path / "device-key.json"
    DeviceKey.make().write(path)
    path.chmod(0o604)
    with pytest.raises(DeviceKeyWrong, match="others may read it"):
        DeviceKey.read(path)
