"""Gives the root logger its handler when, and only when, something imports `logging`.

`logging` with what it needs costs a cold start as much as the rest of this runtime, and many functions only print.
"""

import sys


def configure_logging_when_imported(environment):
    if "logging" in sys.modules:
        _configure(sys.modules["logging"], environment)
    else:
        sys.meta_path.insert(0, _LoggingFinder(environment))


def _configure(logging, environment):
    from .log_records import install_root_handler

    install_root_handler(logging, environment)


class _LoggingFinder:
    """Stands before the ordinary finders until `logging` was found once."""

    def __init__(self, environment):
        self._environment = environment

    def find_spec(self, name, path=None, target=None):
        if name != "logging":
            return None
        sys.meta_path.remove(self)
        for finder in list(sys.meta_path):
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                spec.loader = _ConfiguringLoader(spec.loader, self._environment)
                return spec
        return None


class _ConfiguringLoader:
    """The ordinary loader, followed by the configuration; leaves no trace on the module."""

    def __init__(self, loader, environment):
        self._loader = loader
        self._environment = environment

    def create_module(self, spec):
        return self._loader.create_module(spec)

    def exec_module(self, module):
        module.__spec__.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        _configure(module, self._environment)
