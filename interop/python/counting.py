"""The tool of the servers in Python: it says on stdout that it runs, and takes ms milliseconds."""

import os

import anyio

port = int(os.environ["PORT"])
stateless = os.environ["MODE"] == "stateless"


async def count(n: str, ms: int = 0) -> str:
    print("run " + n, flush=True)
    await anyio.sleep(ms / 1000)
    return n
