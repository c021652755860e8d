"""Measures: a load generator that speaks WHIP and WHEP to any server, and the scenarios of the table."""
