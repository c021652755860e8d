"""One media track in or out, in parts."""
