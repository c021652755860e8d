"""Terminals' masters on their way into the archive: what is registered, uploaded, checked, kept and receipted."""
