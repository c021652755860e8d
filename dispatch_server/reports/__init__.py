"""Read models fed by events: the joined search."""
