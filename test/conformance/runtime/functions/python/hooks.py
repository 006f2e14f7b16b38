"""Hooks of SnapStart."""
from snapshot_restore_py import register_after_restore, register_before_snapshot

register_before_snapshot(print, "before-snapshot")
register_after_restore(print, "after-restore")


def handler(event, context):
    return "restored"
