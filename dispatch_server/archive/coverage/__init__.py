"""What of an enforcement is kept, found again and played: coverage, links, timeline, notes upon recordings."""
