"""Whether this node is well: health, readiness, figures, and a doctor who names the cure."""
