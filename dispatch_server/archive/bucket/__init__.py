"""Sealed recordings in object storage: copied, read back, and fetched again when this machine has them no more."""
