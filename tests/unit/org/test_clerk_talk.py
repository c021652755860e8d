"""What comes from the process that reads files is believed no more than the files."""

import pytest

from dispatch_server.org.clerk_talk import answer_file, answer_mistakes, answer_too_large, file_of
from dispatch_server.org.exporting import as_json, as_yaml
from dispatch_server.org.file_lines import OrganisationFile
from dispatch_server.org.refusals import FileTooLarge, FileWrong
from dispatch_server.org.sheet_file import read_organisation
from tests.unit.org.county import sample


def test_lines_come_over_as_they_were() -> None:
    file = read_organisation(as_yaml(sample()), "x")
    assert file_of(answer_file(file), "x") == file
    assert OrganisationFile.model_validate_json(as_json(sample())) == file


def test_mistakes_and_sizes_come_over() -> None:
    with pytest.raises(FileWrong) as caught:
        file_of(answer_mistakes(["x: 第一", "x: 2"]), "x")
    assert caught.value.lines == ["x: 第一", "x: 2"]
    with pytest.raises(FileTooLarge):
        file_of(answer_too_large(), "x")


@pytest.mark.parametrize("answer", [b"", b"+", b"+{", b'+{"officers": [{"name": 1}]}', b"-", b"-7", b"-{", b"?x"])
def test_any_other_answer_is_a_file_that_could_not_be_read(answer: bytes) -> None:
    with pytest.raises(FileWrong, match="not in bounded time and memory"):
        file_of(answer, "x")
