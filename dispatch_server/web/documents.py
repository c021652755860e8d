"""Puts the models of socket messages into the API's document, which the framework makes of HTTP routes alone."""

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema


def add_messages(app: FastAPI, models: Sequence[type[BaseModel]]) -> None:
    """From then on `app.openapi()` has them among its schemas; one name means one model."""
    plain = app.openapi

    def with_messages() -> dict[str, Any]:
        document = plain()
        _, found = models_json_schema(
            [(model, "validation") for model in models], ref_template="#/components/schemas/{model}"
        )
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        for name, schema in found.get("$defs", {}).items():
            schemas.setdefault(name, schema)
        return document

    app.openapi = with_messages  # type: ignore[method-assign]
