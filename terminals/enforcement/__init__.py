"""Enforcements as this terminal tells of them: said at once, also without a network, and delivered in their order."""
