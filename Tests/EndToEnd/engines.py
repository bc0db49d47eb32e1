# SPDX-License-Identifier: Apache-2.0
"""Real engines on loopback, and users who ask them: for make test-live."""
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


class Engine:
    """Processes in a folder of their own, which has the model; what is still alive at the end is killed."""

    # Of whoever serves: its own Python, which makes the model.
    python = PYTHON

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tokenworks-engine-"))
        self.processes = {}
        self.ports = free_ports(2)
        self.url = f"http://127.0.0.1:{self.ports[0]}"
        self.metrics = f"{self.url}/metrics"
        try:
            subprocess.run([self.python, "-B", HERE / "tiny_model.py", self.folder / MODEL], check=True)
            self.begin()
            self.wait()
        except BaseException:
            self.end()
            raise

    def start(self, name, *command, **extra):
        # Offline: the model is here, and a test asks nobody else.
        env = {**os.environ, "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "DO_NOT_TRACK": "1", **extra}
        with (self.folder / f"{name}.log").open("wb") as log:
            self.processes[name] = subprocess.Popen(
                [*map(str, command)], env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)

    def wait(self, within=240):
        until = time.monotonic() + within
        while time.monotonic() < until and all(p.poll() is None for p in self.processes.values()):
            with contextlib.suppress(OSError):
                with urllib.request.urlopen(f"{self.url}/v1/models", timeout=5) as reply:
                    if MODEL.encode() in reply.read():
                        return
            time.sleep(0.1)
        logs = "\n".join((self.folder / f"{name}.log").read_text(errors="replace")[-2000:] for name in self.processes)
        raise Failed(f"{type(self).__name__} does not serve {MODEL}; its logs end with:\n{logs}")

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


class Dynamo(Engine):
    """A frontend, whose page is `metrics`, and one mocker worker, which takes 16 requests at a time."""

    def begin(self):
        self.worker = f"http://127.0.0.1:{self.ports[1]}/metrics"
        local = {f"DYN_{what}": "127.0.0.1" for what in
                 ("TCP_RPC_HOST", "TCP_RESPONSE_STREAM_HOST", "EVENT_PLANE_HOST", "SYSTEM_HOST")}
        local["DYN_FILE_KV"] = str(self.folder / "kv")
        self.start("frontend", PYTHON, "-m", "dynamo.frontend", "--http-host", "127.0.0.1", "--http-port", self.ports[0],
                   *PLANES, **local)
        self.start("worker", PYTHON, "-m", "dynamo.mocker", "--model-path", self.folder / MODEL, "--model-name", MODEL,
                   "--num-gpu-blocks-override", 512, "--block-size", 16, "--max-num-seqs", 16, *PLANES,
                   DYN_SYSTEM_PORT=str(self.ports[1]), **local)


class VLLM(Engine):
    """vLLM on the processor with weights that mean nothing; it takes 8 requests at a time."""

    command = pathlib.Path(os.environ.get("VLLM") or "/nonexistent/vllm").absolute()
    python = command.with_name("python")

    def begin(self):
        self.start("vllm", self.command, "serve", self.folder / MODEL, "--load-format", "dummy", "--host", "127.0.0.1",
                   "--port", self.ports[0], "--served-model-name", MODEL, "--max-model-len", 1024, "--max-num-seqs", 8,
                   "--block-size", 32, "--num-gpu-blocks-override", 160, "--enforce-eager", VLLM_NO_USAGE_STATS="1",
                   VLLM_CPU_KVCACHE_SPACE="1", VLLM_CPU_OMP_THREADS_BIND="nobind", OMP_NUM_THREADS="2")


class Users:
    """The load generator, a process of its own: a client that shares an interpreter would measure the test."""

    def __init__(self, engine, count):
        self.log = engine.folder / f"load-{time.monotonic_ns()}.log"
        self.log.touch()
        self.process = subprocess.Popen(
            [sys.executable, "-B", HERE / "openai_users.py", engine.url, MODEL, str(count), self.log])

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
