"""The archive slice: keeps what streams send, finds it again, plays it."""
