"""Case files: what belongs to them, and what they lack."""
