"""Fails while it is loaded."""
raise RuntimeError("conformance failure")
