"""Notebooks as files, and running them."""
