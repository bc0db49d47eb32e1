# SPDX-License-Identifier: Apache-2.0
"""NVIDIA Dynamo on loopback, its frontend and one mocker worker, and users who ask it: for make test-live."""
import contextlib
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

from harness import ROOT, Failed

PYTHON = ROOT / ".build-live/venv/bin/python"
HERE = pathlib.Path(__file__).resolve().parent
MODEL = "tiny-llama"
# Neither etcd nor NATS: files, TCP and ZeroMQ on this host.
PLANES = ("--discovery-backend", "file", "--request-plane", "tcp", "--event-plane", "zmq")


class Dynamo:
    """A frontend and a worker in a folder of their own; what is still alive at the end is killed."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tokenworks-dynamo-"))
        self.processes = {}
        ports = free_ports(2)
        self.url = f"http://127.0.0.1:{ports[0]}"
        self.frontend, self.worker = (f"http://127.0.0.1:{port}/metrics" for port in ports)
        try:
            subprocess.run([PYTHON, "-B", HERE / "dynamo_model.py", self.folder / MODEL], check=True)
            self.start("frontend", "dynamo.frontend", "--http-host", "127.0.0.1", "--http-port", ports[0])
            self.start("worker", "dynamo.mocker", "--model-path", self.folder / MODEL, "--model-name", MODEL,
                       "--num-gpu-blocks-override", 512, "--block-size", 16, "--max-num-seqs", 16,
                       DYN_SYSTEM_PORT=str(ports[1]))
            self.wait()
        except BaseException:
            self.end()
            raise

    def start(self, name, module, *arguments, **extra):
        local = {f"DYN_{what}": "127.0.0.1" for what in
                 ("TCP_RPC_HOST", "TCP_RESPONSE_STREAM_HOST", "EVENT_PLANE_HOST", "SYSTEM_HOST")}
        # Offline: the model is here, and a test asks nobody else.
        env = {**os.environ, **local, "DYN_FILE_KV": str(self.folder / "kv"), "HF_HUB_OFFLINE": "1",
               "TRANSFORMERS_OFFLINE": "1", "DO_NOT_TRACK": "1", **extra}
        with (self.folder / f"{name}.log").open("wb") as log:
            self.processes[name] = subprocess.Popen(
                [PYTHON, "-m", module, *map(str, arguments), *PLANES], env=env, stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, start_new_session=True)

    def wait(self, within=90):
        until = time.monotonic() + within
        while time.monotonic() < until and all(p.poll() is None for p in self.processes.values()):
            with contextlib.suppress(OSError):
                with urllib.request.urlopen(f"{self.url}/v1/models", timeout=5) as reply:
                    if MODEL.encode() in reply.read():
                        return
            time.sleep(0.1)
        logs = "\n".join((self.folder / f"{name}.log").read_text(errors="replace")[-2000:] for name in self.processes)
        raise Failed(f"Dynamo does not serve {MODEL} after {within} s; its logs end with:\n{logs}")

    def kill(self, name):
        process = self.processes.pop(name)
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def end(self):
        for name in list(self.processes):
            self.kill(name)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.end()


class Users:
    """The load generator, a process of its own: a client that shares an interpreter would measure the test."""

    def __init__(self, dynamo, count=12):
        self.log = dynamo.folder / f"load-{time.monotonic_ns()}.log"
        self.log.touch()
        self.process = subprocess.Popen(
            [sys.executable, "-B", HERE / "openai_users.py", dynamo.url, MODEL, str(count), self.log])

    def rows(self, kinds, start, end):
        """(time, seconds) of what came in a span of the monotonic clock."""
        rows = (line.split() for line in self.log.read_text().splitlines())
        return [(float(at), float(took)) for kind, at, took in rows if kind in kinds and start <= float(at) < end]

    def tokens(self, start, end):
        """Tokens a second that came in a span."""
        return len(self.rows("FT", start, end)) / (end - start)

    def quantile(self, kind, share, start, end):
        """Of times to the first token (F) or between two (T). Unit: s."""
        ordered = sorted(took for _, took in self.rows(kind, start, end))
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    def stop(self):
        self.process.kill()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.stop()


def free_ports(count):
    """Free ports on loopback below 32768: Dynamo reads some of its ports as 16 bits with a sign."""
    found = []
    while len(found) < count:
        port = random.randrange(20000, 32768)
        with contextlib.suppress(OSError), socket.socket() as one:
            one.bind(("127.0.0.1", port))
            found += [port] * (port not in found)
    return found
