# SPDX-License-Identifier: Apache-2.0
"""Many real HTTP targets, polled in turns by tokenworks and by Debian's prometheus: what a decompressed megabyte costs."""
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

from watched import Watched

FARM = pathlib.Path(__file__).with_name("farm.py")
# Above it the load server takes the processor that it should leave to the measured. Unit: cores.
SERVER_LIMIT = 0.5


class Plant:
    """The load server as a process of its own; `targets` is the file that lists its pages."""

    def __init__(self, hosts, variants=4, plain=False):
        self.hosts = hosts
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tokenworks-farm-"))
        self.targets = self.folder / "targets.txt"
        self.process = subprocess.Popen(
            [sys.executable, "-B", str(FARM), str(hosts), str(variants), str(self.targets), *["--plain"] * plain],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        if self.process.stdout.readline() != "ready\n":
            raise SystemExit("bench: the load server did not start; its own words are above")

    def mark(self):
        self.process.stdin.write("mark\n")

    def report(self, interval):
        self.process.stdin.write(f"report {interval}\n")
        return json.loads(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.process.stdin.close()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def processor(pid):
    """Processor seconds of a process so far, user and system."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak(pid):
    """Most resident memory so far. Unit: MB of 10^6 bytes."""
    return int(re.search(r"VmHWM:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1]) * 1024 / 1e6


class Tokenworks:
    """The real binary on a pty; nobody presses a key."""

    def __init__(self, binary, plant, interval):
        self.plant = plant
        self.program = Watched([binary, "--targets", str(plant.targets), "--interval", str(interval)])
        self.pid = self.program.pid

    def run(self, seconds):
        self.program.watch(seconds)

    def failed(self):
        """Targets that are down when the turn ends, as the screen says it."""
        self.program.see()
        text = self.program.screen.text()
        if re.search(rf"TRUST ok, {self.plant.hosts} targets", text):
            return 0
        if found := re.search(rf"TRUST (\d+)/{self.plant.hosts} up", text):
            return self.plant.hosts - int(found[1])
        raise SystemExit(f"bench: the screen does not say how many targets are up:\n{text}")

    def end(self):
        self.program.end()


class Prometheus:
    """Debian's package, everything as it comes, with a data directory of its own."""

    def __init__(self, plant, interval):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tokenworks-prometheus-"))
        hosts = [url.split("/")[2] for url in plant.targets.read_text().split()]
        # JSON is YAML as well.
        (self.folder / "prometheus.yml").write_text(json.dumps({
            "global": {"scrape_interval": f"{interval}s", "scrape_timeout": f"{interval}s"},
            "scrape_configs": [{"job_name": "dcgm", "static_configs": [{"targets": hosts}]}]}))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{free.getsockname()[1]}"
        self.process = subprocess.Popen(
            ["prometheus", f"--config.file={self.folder}/prometheus.yml", f"--storage.tsdb.path={self.folder}/data",
             f"--web.listen-address={self.address}"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=(self.folder / "log").open("w"))
        self.pid = self.process.pid
        until = time.monotonic() + 30
        while self.process.poll() is None and time.monotonic() < until:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://{self.address}/-/ready", timeout=2).close()
                return
            time.sleep(0.1)
        raise SystemExit("bench: prometheus does not start:\n" + (self.folder / "log").read_text()[-2000:])

    def run(self, seconds):
        time.sleep(seconds)

    def failed(self):
        with urllib.request.urlopen(f"http://{self.address}/api/v1/query?query=count(up==0)", timeout=20) as reply:
            found = json.load(reply)["data"]["result"]
        return int(found[0]["value"][1]) if found else 0

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def turn(start, plant, interval, seconds, warm):
    """One program alone: the load server's report with what the program cost."""
    program = start()
    try:
        program.run(warm)
        plant.mark()
        before = processor(program.pid)
        program.run(seconds)
        cost = processor(program.pid) - before
        found = plant.report(interval)
        if not found["scrapes"]:
            raise SystemExit("bench: nothing was scraped")
        server = found.pop("processor") / found["seconds"]
        return {**found, "cost": cost, "memory": peak(program.pid), "server": server, "failed": program.failed()}
    finally:
        program.end()


def share(runs, key):
    """A count of missed or failed scrapes as a share of all that were due. Unit: %."""
    return 100 * sum(run[key] for run in runs) / sum(run["scrapes"] + run["missed"] for run in runs)


def per_megabyte(runs):
    """Processor milliseconds a decompressed megabyte."""
    return 1000 * sum(run["cost"] for run in runs) / (sum(run["bytes"] for run in runs) / 1e6)


def compare(table, binary, plant, label, seconds, turns):
    """A B A B: each program alone, `turns` times."""
    ours, theirs = [], []
    for _ in range(turns):
        ours.append(turn(lambda: Tokenworks(binary, plant, 1), plant, 1, seconds, warm=10))
        theirs.append(turn(lambda: Prometheus(plant, 1), plant, 1, seconds, warm=10))
    server = max(run["server"] for run in ours + theirs)
    # A server that is short of processor itself says nothing of those who ask it.
    judged = server <= SERVER_LIMIT
    words = "" if judged else " (inconclusive: a busy server)"
    table.add(f"{label}: processor a MB", per_megabyte(ours), "ms", beside=per_megabyte(theirs))
    table.add(f"  of what Prometheus takes{words}", per_megabyte(ours) / per_megabyte(theirs), "x",
              limit=0.75 if judged else None)
    table.add("  processor", 100 * sum(run["cost"] for run in ours) / sum(run["seconds"] for run in ours), "%",
              beside=100 * sum(run["cost"] for run in theirs) / sum(run["seconds"] for run in theirs))
    table.add("  decompressed a second", sum(run["bytes"] for run in ours) / sum(run["seconds"] for run in ours) / 1e6,
              "MB/s", beside=sum(run["bytes"] for run in theirs) / sum(run["seconds"] for run in theirs) / 1e6)
    table.add("  scrapes missed when alone", share(ours, "missed"), "%", beside=share(theirs, "missed"))
    table.add("  targets down at the end", max(run["failed"] for run in ours), "", exactly=0,
              beside=max(run["failed"] for run in theirs))
    table.add("  memory, peak", max(run["memory"] for run in ours), "MB", beside=max(run["memory"] for run in theirs))
    table.add("  the load server itself", server, "cores")


def many(table, binary, seconds):
    """Ten thousand hosts in the interval that dcgm-exporter itself keeps: tokenworks alone."""
    with Plant(10_000, variants=2) as plant:
        run = turn(lambda: Tokenworks(binary, plant, 15), plant, 15, seconds, warm=30)
    table.add("10,000 targets, 15 s, packed: processor a MB", per_megabyte([run]), "ms")
    table.add("  processor", 100 * run["cost"] / run["seconds"], "%")
    table.add("  scrapes missed", share([run], "missed"), "%")
    table.add("  targets down at the end", run["failed"], "")
    table.add("  memory, peak", run["memory"], "MB")
    table.add("  the load server itself", run["server"], "cores")
