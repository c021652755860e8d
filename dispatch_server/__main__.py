"""Starts it: python -m dispatch_server."""

from dispatch_server.cli import main

if __name__ == "__main__":
    main()
