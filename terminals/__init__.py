"""The agent that a field device runs, and its double for tests and demonstrations."""
