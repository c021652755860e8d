"""A machine that cannot have a fault says why, in words for the line of the skipped test."""

import os

import pytest

from tests.faults import able


def test_without_root_the_reason_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert able.why_no_networks.__wrapped__() == "network namespaces need root"
    assert able.why_no_mounts.__wrapped__() == "mounting needs root"


def test_a_missing_program_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(able, "program", lambda name: None)
    assert "iproute2" in able.why_no_networks.__wrapped__()


def test_a_refusal_is_quoted() -> None:
    assert able._works("sh", "-c", "echo not today >&2; exit 1") == "not today"
