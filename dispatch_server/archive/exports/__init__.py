"""Packages for review and court: asked for, approved by somebody else, and sent straight from the originals."""
