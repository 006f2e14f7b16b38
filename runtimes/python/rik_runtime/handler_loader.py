"""Finds and loads the function named by the handler string. Source: managed-runtimes 3.2."""

import importlib
import sys

from .errors import RuntimeFault


def load_handler(handler_text):
    try:
        module_text, attribute = handler_text.rsplit(".", 1)
    except ValueError as error:
        raise RuntimeFault("Runtime.MalformedHandlerName", "Bad handler '%s': %s" % (handler_text, error)) from None
    if module_text.split(".")[0] in sys.builtin_module_names:
        raise RuntimeFault(
            "Runtime.BuiltInModuleConflict", "Cannot use built-in module %s as a handler module" % module_text
        )
    try:
        module = importlib.import_module(module_text.replace("/", "."))
    except ImportError as error:
        raise RuntimeFault(
            "Runtime.ImportModuleError", "Unable to import module '%s': %s" % (module_text, error)
        ) from error
    except SyntaxError as error:
        trace = ['  File "%s" Line %s\n    %s' % (error.filename, error.lineno, error.text)]
        raise RuntimeFault(
            "Runtime.UserCodeSyntaxError", "Syntax error in module '%s': %s" % (module_text, error), trace
        ) from error
    try:
        return getattr(module, attribute)
    except AttributeError:
        raise RuntimeFault(
            "Runtime.HandlerNotFound", "Handler '%s' missing on module '%s'" % (attribute, module_text)
        ) from None
