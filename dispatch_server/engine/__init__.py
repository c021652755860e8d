"""asyncio around the media engine: sockets, batches, timers."""
