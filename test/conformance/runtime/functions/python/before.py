"""A hook before the snapshot that fails."""
from snapshot_restore_py import register_before_snapshot

register_before_snapshot(lambda: 1 / 0)


def handler(event, context):
    return "restored"
