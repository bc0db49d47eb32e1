# SPDX-License-Identifier: Apache-2.0
"""A real Slurm of 256 nodes with 10,000 jobs that wait: what a look at it costs, and keys while its controller is frozen."""
import os
import pathlib
import re
import resource
import statistics
import subprocess
import time

from watched import Watched, quantile  # noqa: E402  it also finds the end-to-end tests

from harness import Home  # noqa: E402
from slurm import cluster  # noqa: E402

# Time between two looks at the nodes; the queue is looked at each second time. Unit: s.
INTERVAL = 3


def children(pid):
    """Processor seconds of the children that a process has waited for."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


def requests(slurm):
    """kind -> (how many the controller has answered, seconds that it took for them), by its own count."""
    told = slurm.run("sdiag")
    found = re.findall(r"^\s+(REQUEST_\w+)\s+\(\s*\d+\)\s+count:(\d+)\s+ave_time:\d+\s+total_time:(\d+)", told, re.M)
    kinds = {}
    for kind, count, micros in found:
        kinds.setdefault(kind, (int(count), int(micros) / 1e6))
    return kinds


def own_memory(pid):
    """Megabytes (10^6) that are the process's own: without the pages of its program, which it shares and can lose."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"^RssAnon:\s+(\d+)", status, re.M)[1]) * 1024 / 1e6


def alone(slurm, *words):
    """Processor milliseconds of one of Slurm's own commands: the median of five."""
    times = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(words, env=slurm.env(), stdout=subprocess.DEVNULL, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append((after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000)
    return statistics.median(times)


class Cost:
    """What a program takes for its looks while nobody presses a key, over an even number of them."""

    def __init__(self, program, slurm, cycles):
        start, kinds = time.monotonic(), requests(slurm)
        own, theirs = program.cpu(), children(program.pid)
        self.dearest, self.memory = [], 0.0
        for _ in range(cycles):
            samples = [program.cpu()]
            for _ in range(INTERVAL * 2 * 20):
                program.watch(0.05)
                program.chunks.clear()
                samples.append(program.cpu())
                self.memory = max(self.memory, own_memory(program.pid))
            # Wherever in the cycle its looks are: the dearest time between two of them, the screen's part with it.
            window = INTERVAL * 20
            self.dearest.append(max(late - early for early, late in zip(samples, samples[window:])) * 1000)
        self.seconds = time.monotonic() - start
        after = requests(slurm)
        grown = {kind: tuple(b - a for a, b in zip(kinds.get(kind, (0, 0)), count)) for kind, count in after.items()}
        self.looks = grown["REQUEST_NODE_INFO"][0]
        self.queues = grown["REQUEST_JOB_INFO"][0]
        self.own = (program.cpu() - own) * 1000 / self.looks
        self.children = (children(program.pid) - theirs) * 1000 / self.looks
        self.controller = sum(seconds for kind, (_, seconds) in grown.items() if kind.endswith("_INFO")) * 1000 / self.looks


def measure(table, binary, size, nodes, pending, cycles, key_times, calmest):
    with Home() as home, cluster(home, nodes=nodes) as slurm:
        # The whole of training is taken, so that all others wait.
        slurm.fill(pending)
        home.write_config(
            f"plant: rig\nsources:\n- slurm: {{conf: {slurm.conf}, interval: {INTERVAL}}}\n"
            "control:\n- slurm: {training: [training], inference: [inference]}\n")
        env = {"XDG_CONFIG_HOME": str(home.config), "XDG_STATE_HOME": str(home.state)}
        label = f"{nodes} nodes, {pending:,} jobs wait"
        with Watched([binary], size, env=env) as program:
            program.wait(lambda text: f"{pending} jobs pending" in text)
            program.watch(INTERVAL * 4)
            cost = calmest(lambda: Cost(program, slurm, cycles), lambda cost: statistics.median(cost.dearest) <= 60)
            memory = program.memory()
        table.add(f"looks of {cost.seconds:.0f} s, {cost.queues} of them at the queue too", cost.looks, "")
        table.add(f"processor a look, the dearer kind, {label}", statistics.median(cost.dearest), "ms", limit=60)
        table.add("processor a look, on average", cost.own, "ms")
        table.add("  Slurm's commands, its children, on average", cost.children, "ms")
        table.add("  squeue -h -a by itself", alone(slurm, "squeue", "-h", "-a"), "ms")
        table.add("  sinfo -N -h -a by itself", alone(slurm, "sinfo", "-N", "-h", "-a"), "ms")
        table.add("  slurmctld, for the answers, on average", cost.controller, "ms")
        table.add(f"memory of its own, peak, {label}", cost.memory, "MB", limit=40)
        table.add("  with the pages of its program, peak", memory, "MB")
        frozen(table, binary, slurm, env, key_times)


def frozen(table, binary, slurm, env, key_times):
    def freeze(program):
        slurm.freeze()
        program.wait(lambda text: "slurmctld hangs or is busy" in text)

    try:
        times = key_times(
            [binary], lambda text: "jobs pending" in text, b"?", b"\x1b", lambda text: " KEYS of " in text, 100, env=env,
            begin=freeze)
    finally:
        slurm.thaw()
    table.add("key to paint p50, slurmctld frozen", quantile(times, 0.5), "ms", limit=10)
    table.add("key to paint p99, slurmctld frozen", quantile(times, 0.99), "ms", limit=50)
