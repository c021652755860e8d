"""One WebSocket for each console and each terminal: every room's messages, kept until they have arrived."""
