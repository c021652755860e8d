"""Wire formats: read and patched in place."""
