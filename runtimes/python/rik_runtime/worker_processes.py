"""Several invocations at once (managed instances): processes, each of which loads the function for itself and serves one
invocation at a time. Source: managed-runtimes 1.7."""

import os
import signal
import sys


def become_workers(count):
    """Returns in each of `count` new processes. The first one waits for them and ends with the worst of their statuses."""
    children = set()
    for _ in range(count):
        child = os.fork()
        if child == 0:
            return
        children.add(child)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _: [os.kill(child, received) for child in children])
    worst = 0
    while children:
        child, status = os.wait()
        children.discard(child)
        worst = max(worst, 1 if os.WIFSIGNALED(status) else os.WEXITSTATUS(status))
    sys.exit(worst)


def worker_count(environment):
    """Raises ValueError for a value that is no whole number from 1."""
    text = environment["AWS_LAMBDA_MAX_CONCURRENCY"]
    if not text.isdecimal() or int(text) < 1:
        raise ValueError("AWS_LAMBDA_MAX_CONCURRENCY is %r, which is not a whole number from 1" % text)
    return int(text)
