"""The managed Python runtime of rik: one source for CPython 3.9 to 3.14, standard library only."""
