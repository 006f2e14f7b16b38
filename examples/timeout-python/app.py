import time


def handler(event, context):
    """Sleeps past its time limit; the platform ends it and the next invocation gets a new environment."""
    print("time left in ms:", context.get_remaining_time_in_millis())
    time.sleep(60)
    return "too late"
