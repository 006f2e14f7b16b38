"""A hook after the restore that fails."""
from snapshot_restore_py import register_after_restore

register_after_restore(lambda: 1 / 0)


def handler(event, context):
    return "restored"
