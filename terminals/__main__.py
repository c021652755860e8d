"""Starts it: python -m terminals."""

from terminals.cli import main

if __name__ == "__main__":
    main()
