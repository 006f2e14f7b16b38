def handler(event, context):
    """Takes memory until the environment's limit ends the process."""
    hoard = []
    while True:
        hoard.append(bytearray(b"x" * (16 * 1024 * 1024)))
        print("MiB taken:", len(hoard) * 16)
