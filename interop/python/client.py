"""A client program: orders on stdin, reports on stdout, one JSON object a line."""

import json
import sys

import anyio
from mcp.client import Client


class Driver:
    """Each connect replaces the connection, which lives in a task of its own."""

    def __init__(self, tasks):
        self.tasks = tasks
        self.client = None
        self.leave = anyio.Event()

    async def connect(self, order):
        self.leave.set()
        self.client, self.leave = None, anyio.Event()
        self.client = await self.tasks.start(self.hold, order["url"], self.leave)
        return ""

    async def hold(self, url, leave, *, task_status):
        started = False
        try:
            async with Client(url, mode="legacy", raise_exceptions=True) as client:
                started = True
                task_status.started(client)
                await leave.wait()
        except BaseException as error:
            if not started:
                raise Refused(told(error)) from error
            if not isinstance(error, Exception):
                raise

    async def call(self, order):
        result = await self.client.call_tool(order["tool"], order["args"])
        if result.is_error:
            raise Refused(f"the tool failed: {result.content[0].text}")
        return result.content[0].text

    async def obey(self, order):
        report = {"id": order["id"], "ok": True}
        try:
            report["text"] = await {"connect": self.connect, "call": self.call}[order["do"]](order)
        except Exception as error:
            report |= {"ok": False, "error": told(error)}
        print(json.dumps(report), flush=True)


class Refused(Exception):
    pass


def told(error):
    """What the innermost errors say."""
    if isinstance(error, BaseExceptionGroup):
        return "; ".join(told(e) for e in error.exceptions)
    return str(error) or repr(error)


async def main():
    async with anyio.create_task_group() as tasks:
        driver = Driver(tasks)
        async for line in anyio.wrap_file(sys.stdin):
            tasks.start_soon(driver.obey, json.loads(line))
        tasks.cancel_scope.cancel()


anyio.run(main)
