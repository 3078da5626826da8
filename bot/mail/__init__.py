"""Faxi's mail and the people behind it."""
