"""How long recordings are kept, what stops their end, and how they are destroyed: never by one person or in haste."""
