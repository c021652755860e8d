"""The API's document and the console's types are those that the server's code gives today."""

import json

import pytest

from scripts import generate

pytestmark = pytest.mark.timeout(180)  # the server tells about itself in a process of its own: seconds, more under load


def silent_operations(document: str) -> list[str]:
    """Operations of the API that declare no refusal at all."""
    return [
        f"{method.upper()} {path}"
        for path, operations in json.loads(document)["paths"].items()
        for method, operation in operations.items()
        if path.startswith("/api/") and not any(code.startswith("4") for code in operation["responses"])
    ]


def missing_types(types: str, document: str) -> list[str]:
    """Paths of the document that the types do not know."""
    return [path for path in json.loads(document)["paths"] if f'"{path}"' not in types]


@pytest.fixture(scope="module")
def document() -> str:
    return generate.printed("openapi")


def test_the_document_is_current(document: str) -> None:
    assert generate.DOCUMENT.read_text() == document, "cure: make types"


def test_the_types_know_every_path(document: str) -> None:
    assert missing_types(generate.TYPES.read_text(), document) == [], "cure: make types"


def test_the_types_are_current(document: str) -> None:
    if not generate.GENERATOR.exists():
        pytest.skip("the console's packages are not installed: make setup")
    assert generate.TYPES.read_text() == generate.console_types(document), "cure: make types"


def test_every_operation_says_how_it_refuses(document: str) -> None:
    assert silent_operations(document) == []


def test_a_document_that_moved_on_is_seen() -> None:
    assert missing_types('export interface paths { "/a": {} }', '{"paths": {"/a": {}, "/b": {}}}') == ["/b"]


def test_an_operation_that_never_refuses_is_seen() -> None:
    document = '{"paths": {"/api/v1/a": {"get": {"responses": {"200": {}}}, "put": {"responses": {"401": {}}}}}}'
    assert silent_operations(document) == ["GET /api/v1/a"]
