"""An upload's life: it is kept or rejected only when it is whole, and gone for good once."""

import pytest

from dispatch_server.archive.uploads.model import UPLOAD_LIFE, Upload, UploadHappening, UploadState
from dispatch_server.kit.states import IllegalTransition


def upload() -> Upload:
    return Upload("0" * 32, "T1301", "r", 1, 10, 0)


def test_an_upload_becomes_footage_only_when_it_is_whole() -> None:
    one = upload()
    with pytest.raises(IllegalTransition):
        one.after(UploadHappening.KEEP)
    one.after(UploadHappening.FILL)
    one.after(UploadHappening.KEEP)
    assert one.state is UploadState.KEPT and one.state in UPLOAD_LIFE.final


@pytest.mark.parametrize("last", [UploadHappening.REJECT, UploadHappening.DROP])
def test_what_ended_does_not_go_on(last: UploadHappening) -> None:
    one = upload()
    one.after(UploadHappening.FILL)
    one.after(last)
    for happening in UploadHappening:
        with pytest.raises(IllegalTransition):
            one.after(happening)
