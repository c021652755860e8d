"""A manifest says the same after reading as before writing, and believes nothing that it did not write."""

import json

import pytest

from dispatch_server.ops.manifest import BackupDamaged, Entry, Manifest, is_inside, parsed

MANIFEST = Manifest(
    made_utc_us=1,
    program="0.1.0",
    database="sqlite",
    revisions=("archive_0001",),
    recordings=2,
    with_media=False,
    with_keys=True,
    files={"database.sqlite3": Entry(3, "0" * 64)},
)


def test_it_comes_back() -> None:
    assert parsed(MANIFEST.text()) == MANIFEST


@pytest.mark.parametrize("name", ["../a", "/a", "a/../b", "", "a//b", "./a", "a\0"])
def test_names_that_lead_out(name: str) -> None:
    assert not is_inside(name)
    content = json.loads(MANIFEST.text())
    content["files"] = {name: {"bytes": 1, "sha256": "0" * 64}}
    with pytest.raises(BackupDamaged):
        parsed(json.dumps(content))


@pytest.mark.parametrize(
    "change",
    [{"form": "other"}, {"files": []}, {"files": {"a": {"bytes": 1, "sha256": "x"}}}, {"more": 1}, {"revisions": None}],
)
def test_what_it_did_not_write(change: dict[str, object]) -> None:
    with pytest.raises(BackupDamaged):
        parsed(json.dumps({**json.loads(MANIFEST.text()), **change}))
    with pytest.raises(BackupDamaged):
        parsed("not json")
