"""The organisation: departments as a tree, their officers, what they may enforce, and who delegated it to whom."""
