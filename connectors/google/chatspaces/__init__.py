"""Spaces of Google Chat and who is in them."""
