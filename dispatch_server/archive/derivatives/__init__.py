"""Clips, stills and marked copies: each a new object that says which original it was made from, and by whom."""
