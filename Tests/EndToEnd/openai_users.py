# SPDX-License-Identifier: Apache-2.0
"""A load generator for OpenAI-compatible servers that writes down what it got itself.

  openai_users.py URL MODEL USERS LOG    until it is told to end; each user asks again when answered

LOG gets a line for each token when it comes: `F time TTFT` for the first of an answer, `T time ITL` for the others (of
tokens that come in one piece each has its share of the time), and `E time 0` for a request that failed. Seconds, by the monotonic clock that all processes of a host share.
"""
import http.client
import json
import os
import random
import re
import sys
import threading
import time
import urllib.parse

WORDS = ("def", "return", "self", "import", "class", "value", "index", "print")
USAGE = re.compile(rb'"completion_tokens": *(\d+)')
# A third of the prompts begin with it: what a prefix cache is for.
PREFIX = "import os, sys, json, time\n" * 40


def user(url, model, seed, log):
    dice = random.Random(seed)
    where = urllib.parse.urlparse(url)
    while True:
        prompt = (PREFIX if dice.random() < 1 / 3 else "") + " ".join(dice.choices(WORDS, k=dice.randint(4, 60)))
        body = {"model": model, "prompt": prompt, "max_tokens": dice.randint(8, 96), "stream": True, "ignore_eos": True,
                "stream_options": {"include_usage": True, "continuous_usage_stats": True}}
        connection = http.client.HTTPConnection(where.hostname, where.port, timeout=60)
        try:
            last, came = time.monotonic(), 0
            connection.request("POST", "/v1/completions", json.dumps(body), {"Content-Type": "application/json"})
            reply = connection.getresponse()
            if reply.status != 200:
                raise OSError(f"HTTP {reply.status}")
            for line in reply:
                if not line.startswith(b"data: {"):
                    continue
                # An engine that says with each piece how many tokens it has made may put several into one.
                said = USAGE.search(line)
                new = int(said[1]) - came if said else b'"finish_reason":"' not in line
                now = time.monotonic()
                for token in range(came, came + new):
                    kind, took = (b"T", (now - last) / new) if token else (b"F", now - last)
                    os.write(log, b"%s %.6f %.6f\n" % (kind, now, took))
                if new:
                    came, last = came + new, now
        except (OSError, http.client.HTTPException):
            os.write(log, b"E %.6f 0\n" % time.monotonic())
            time.sleep(0.2)
        finally:
            connection.close()


if __name__ == "__main__":
    url, model, users, path = sys.argv[1:]
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    threads = [threading.Thread(target=user, args=(url, model, seed, log)) for seed in range(int(users))]
    for thread in threads:
        thread.start()
