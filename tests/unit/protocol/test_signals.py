"""Words are strict: what is misspelt, of the wrong kind or too long is refused."""

import pytest
from pydantic import BaseModel, ValidationError

from dispatch_server.protocol import signals as words


@pytest.mark.parametrize(
    ("model", "name"), [(words.Hello, "hello"), (words.StreamChanged, "stream_changed"), (words.Ack, "ack")]
)
def test_a_message_is_called_by_its_models_name(model: type[BaseModel], name: str) -> None:
    assert words.name_of(model) == name


def test_all_words_have_names_of_their_own() -> None:
    models = [*words.TERMINAL_WORDS, *words.SERVER_WORDS, *words.PUSHED]
    assert len({words.name_of(model) for model in models}) == len(models)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"type": "Ack", "body": {}}',
        '{"type": "ack", "body": {}, "more": 1}',
        '{"type": "ack", "body": []}',
        '{"type": "ack", "id": "", "body": {}}',
        '{"type": "ack", "id": "' + "x" * 65 + '"}',
        '{"type": 5}',
        '{"type": "ack", "body": ' + "[" * 30_000 + "]" * 30_000 + "}",
        '{"type": "\ud800"}',
    ],
)
def test_what_is_no_envelope_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        words.Inbound.model_validate_json(text.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("body", [{"seq": "5"}, {"seq": -1}, {"seq": 1.5}, {"seq": True}, {"seq": 1, "x": 1}, {}])
def test_a_number_is_a_number(body: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        words.Ack.model_validate(body)


def test_a_token_is_not_printed() -> None:
    assert "secret" not in repr(words.Authenticate(token="secret"))
