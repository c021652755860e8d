"""Streams on air: WHIP and WHEP, who may publish and watch, the roster and the wall's figures."""
