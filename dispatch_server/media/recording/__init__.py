"""Whole frames to the fragments of a file: what the server's recorder and a terminal's own master share (pure)."""
