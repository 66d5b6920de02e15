"""Asks a URL at a steady pace, whatever becomes of the answers, until it gets SIGTERM; then tells what it has seen as JSON.

    steady_client.py URL REQUESTS-PER-SECOND

Each request has a connection of its own, and waits for its answer as long as a patient client does. An answer counts when
its status is 200. `longest_gap` is the longest time without such an answer to any request, in seconds.
"""
import asyncio
import collections
import json
import signal
import sys
import time
import urllib.parse

PATIENCE = 30


async def ask(host, port, path):
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(f"GET {path} HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())
        answer = await reader.read()
        head, _, body = answer.partition(b"\r\n\r\n")
        status = head.split(b" ", 2)[1:2]
        if status != [b"200"]:
            raise ConnectionError("status " + (status[0].decode() if status else "none"))
        return body.decode().strip()
    finally:
        writer.close()


class Client:
    def __init__(self, url, rate):
        parts = urllib.parse.urlsplit(url)
        self.target = parts.hostname, parts.port or 80, parts.path or "/"
        self.rate = rate
        self.asked = 0
        self.failures = collections.Counter()
        self.answers = collections.Counter()
        self.answered = []
        self.slowest = 0

    async def request(self):
        begin = time.monotonic()
        try:
            body = await asyncio.wait_for(ask(*self.target), PATIENCE)
        except (OSError, TimeoutError, asyncio.TimeoutError) as error:
            self.failures[f"{type(error).__name__}: {error}"] += 1
            return
        end = time.monotonic()
        self.answers[body] += 1
        self.answered.append(end)
        self.slowest = max(self.slowest, end - begin)

    async def run(self):
        stopped = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
        requests = set()
        begin = time.monotonic()
        while not stopped.is_set():
            task = asyncio.create_task(self.request())
            requests.add(task)
            task.add_done_callback(requests.discard)
            self.asked += 1
            await asyncio.sleep(max(0, begin + self.asked / self.rate - time.monotonic()))
        await asyncio.gather(*requests)
        gaps = [later - earlier for earlier, later in zip(self.answered, self.answered[1:])]
        print(json.dumps({"asked": self.asked, "failed": sum(self.failures.values()), "failures": self.failures,
                          "longest_gap": round(max(gaps, default=0), 4), "slowest": round(self.slowest, 4),
                          "answers": self.answers}))


asyncio.run(Client(sys.argv[1], float(sys.argv[2])).run())
