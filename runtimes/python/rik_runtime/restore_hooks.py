"""The hooks of the function around a snapshot. Source: managed-runtimes 1.8.

They live in `snapshot_restore_py`: ours, or the published package where the function brings it.
"""

import sys

from .errors import log_failure
from .payload import encode_error

_BEFORE_SNAPSHOT_STATUS = 64
_AFTER_RESTORE_STATUS = 65


def run_restore_hooks(client):
    """Returns when the environment has been restored; a hook that raises ends the process, after the platform was told."""
    hooks = sys.modules.get("snapshot_restore_py")
    try:
        for func, args, kwargs in reversed(hooks.get_before_snapshot() if hooks else []):
            func(*args, **kwargs)
    except Exception as error:
        client.post_init_error(_report(error), "Runtime.BeforeSnapshotError")
        sys.exit(_BEFORE_SNAPSHOT_STATUS)

    reply = client.restore_next()
    if reply.status != 200:
        raise RuntimeError("Failed to get restore next: the Runtime API answered %d" % reply.status)

    hooks = sys.modules.get("snapshot_restore_py")
    try:
        for func, args, kwargs in hooks.get_after_restore() if hooks else []:
            func(*args, **kwargs)
    except Exception as error:
        client.post_restore_error(_report(error), "Runtime.AfterRestoreError")
        sys.exit(_AFTER_RESTORE_STATUS)


def _report(error):
    return encode_error(log_failure(error, ""))
