"""The parts of negotiation: reading, choosing and writing session descriptions."""
