"""The media engine: sans-IO, bytes and time are arguments."""
