"""What log records say about the running invocation; one slot, because one invocation runs at a time."""

request_id = ""
tenant_id = None
