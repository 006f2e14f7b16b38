"""Initialisation: search path, streams, handler, then the invoke loop.

Source: specification notes managed-runtimes 3.1, 3.3. Modules are imported where they are needed: a cold start pays
for what it uses, and the failure path may be slow.
"""

import os
import sys

from . import log_sink
from .runtime_client import RuntimeClient


def main():
    environment = os.environ
    if "AWS_LAMBDA_MAX_CONCURRENCY" in environment:
        from .worker_processes import become_workers, worker_count

        # Lines of several invocations are mixed, so that each has to say whose it is.
        environment.setdefault("AWS_LAMBDA_LOG_FORMAT", "JSON")
        become_workers(worker_count(environment))
    client = RuntimeClient(environment["AWS_LAMBDA_RUNTIME_API"])
    task_root = environment.get("LAMBDA_TASK_ROOT") or os.getcwd()
    _set_search_path(environment, task_root)
    _name_runtime(environment)
    sys.stdout = _FlushingStream(sys.stdout)
    sys.stderr = _FlushingStream(sys.stderr)

    log_sink.open_sink(environment)
    from .log_setup import configure_logging_when_imported

    configure_logging_when_imported(environment)
    from .handler_loader import load_handler

    try:
        handler = load_handler(environment.get("_HANDLER", ""))
    except Exception as error:
        from .init_failure import report_init_failure

        report_init_failure(client, error)
        sys.exit(1)

    if environment.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
        from .restore_hooks import run_restore_hooks

        run_restore_hooks(client)

    from .invoke_loop import run_invoke_loop

    run_invoke_loop(client, handler, environment)


def _set_search_path(environment, task_root):
    """The function's code first, then layers, then what the interpreter brings.

    An image may set PYTHONPATH to the runtime's own folder; that counts as unset, because it is what this function
    sets for child processes in the end (managed-runtimes 3.1, images-and-layers 2).
    """
    runtime_dir = environment.get("LAMBDA_RUNTIME_DIR") or "/var/runtime"
    version = "python%d.%d" % sys.version_info[:2]
    folders = [task_root]
    python_path = environment.get("PYTHONPATH")
    if not python_path or python_path == runtime_dir:
        folders += [
            "/opt/python/lib/%s/site-packages" % version,
            "/opt/python",
            "/var/lang/lib/%s/site-packages" % version,
        ]
        environment["PYTHONPATH"] = runtime_dir
    sys.path[:0] = [folder for folder in folders if folder not in sys.path]
    for folder in folders:
        if folder == task_root or folder.startswith("/opt/"):
            _process_pth_files(folder)


def _process_pth_files(folder):
    try:
        has_pth = any(name.endswith(".pth") for name in os.listdir(folder))
    except OSError:
        return
    if has_pth:
        import site

        site.addsitedir(folder)


def _name_runtime(environment):
    if not environment.get("AWS_EXECUTION_ENV"):
        environment["AWS_EXECUTION_ENV"] = "AWS_Lambda_python%d.%d" % sys.version_info[:2]


class _FlushingStream:
    """Flushes after every write: a frozen or killed process must not sit on log lines."""

    def __init__(self, stream):
        self._stream = stream

    def __getattr__(self, name):
        return getattr(self._stream, name)

    def write(self, text):
        written = self._stream.write(text)
        self._stream.flush()
        return written

    def writelines(self, lines):
        self._stream.writelines(lines)
        self._stream.flush()
