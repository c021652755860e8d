"""The dispatch server: sees the field, guides it, keeps what it saw."""

__version__ = "0.1.0"
