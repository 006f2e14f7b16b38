"""Hooks around a snapshot, with the names of the published package of this name. Source: managed-runtimes 1.8.

They are run only where the environment is made from a snapshot (AWS_LAMBDA_INITIALIZATION_TYPE is snap-start).
"""

_before_snapshot = []
_after_restore = []


def register_before_snapshot(func, *args, **kwargs):
    """`func` is called before the snapshot is taken; the hook that was registered last comes first."""
    _before_snapshot.append((func, args, kwargs))
    return func


def register_after_restore(func, *args, **kwargs):
    """`func` is called after the environment was restored, in the order of registration."""
    _after_restore.append((func, args, kwargs))
    return func


def get_before_snapshot():
    return list(_before_snapshot)


def get_after_restore():
    return list(_after_restore)
