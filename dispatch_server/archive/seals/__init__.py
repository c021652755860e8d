"""Closes recordings for good: seals their chains, reads them again from time to time, and shows what was proved."""
