"""Entry point of the managed Python runtime: /var/runtime/bootstrap.py.

Everything else is in the package rik_runtime, so that this folder, which stays on the search path, hides no module of
a function. This file is small because the interpreter never caches the main script.
"""

import rik_runtime.start

if __name__ == "__main__":
    rik_runtime.start.main()
