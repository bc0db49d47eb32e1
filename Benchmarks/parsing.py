# SPDX-License-Identifier: Apache-2.0
"""Reading pages against copying them: cold, and as the next page of the same target; and what a warm page allocates."""
import json
import pathlib
import random
import re
import subprocess
import tempfile

import farm

ROOT = pathlib.Path(__file__).resolve().parents[1]
FIXTURES = ROOT / "Tests/Fixtures"
# Two polls of one target each; Ray's was recorded once: its second poll is the first one again.
RECORDED = (
    ("vLLM", "vllm-0.32.0/t0.txt", "vllm-0.32.0/t1.txt"),
    ("node_exporter", "node_exporter-1.5.0/t0.txt", "node_exporter-1.5.0/t1.txt"),
    ("Dynamo frontend", "dynamo-1.6.1/frontend-t0.txt", "dynamo-1.6.1/frontend-t1.txt"),
    ("Dynamo worker", "dynamo-1.6.1/worker-t0.txt", "dynamo-1.6.1/worker-t1.txt"),
)


def pages(folder):
    """(name, first poll, second poll) as files: eight GPUs whose every moving number moves, then what was recorded."""
    dice = random.Random(1)
    body = farm.template(7, dice)
    paths = []
    for poll in range(2):
        path = pathlib.Path(folder) / f"dcgm-{poll}.txt"
        path.write_text(body % tuple(farm.numbers(poll, dice)), encoding="utf-8")
        paths.append(path)
    return [("dcgm, 8 GPUs", *paths), *((name, FIXTURES / one, FIXTURES / two) for name, one, two in RECORDED)]


def with_device(folder):
    """node_exporter's second poll with a device more in each family of devices: lines in many places of the page."""
    lines = []
    for line in (FIXTURES / "node_exporter-1.5.0/t1.txt").read_text(encoding="utf-8").splitlines():
        if '{device="lo"' in line:
            lines.append(line.replace('"lo"', '"docker0"'))
        lines.append(line)
    path = pathlib.Path(folder) / "device.txt"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def speeds(program, first, second):
    """What exposition-bench says of two polls; it must have followed the second one from the first."""
    done = subprocess.run([program, str(first), str(second)], capture_output=True, text=True, check=True, timeout=300)
    found = json.loads(done.stdout)
    if found["followed"] < 1:
        raise SystemExit(f"bench: {second}: {found['followed']:.2f} of the pages were followed, not all")
    return found


def allocations(program, count, *files):
    """Heap blocks of a run of so many warm pages, and the numbers on them."""
    done = subprocess.run(
        ["valgrind", program, "--warm", str(count), *map(str, files)], capture_output=True, text=True, timeout=300)
    found = re.search(r"total heap usage: ([\d,]+) allocs", done.stderr)
    if done.returncode != 0 or not found:
        raise SystemExit(f"bench: valgrind of {program} ended with {done.returncode}:\n{done.stderr[-1000:]}")
    return int(found[1].replace(",", "")), int(done.stdout)


def measure(table, program):
    """- program: exposition-bench. Ratios are of one run of it: the machine is the same for both sides."""
    with tempfile.TemporaryDirectory(prefix="tokenworks-pages-") as folder:
        for name, first, second in pages(folder):
            found = speeds(program, first, second)
            table.add(f"parser cold over memcpy, {name}", found["cold/copy"], f"x ({found['cold']} MB/s)", least=0.05)
            table.add(f"parser warm over memcpy, {name}", found["warm/copy"], f"x ({found['warm']} MB/s)", least=0.35)
            table.add(f"parser, the same page again, {name}", found["same"], "MB/s")
            few, many = (allocations(program, count, first, second) for count in (10, 60))
            # A number of more digits than 64 bits hold is left to the library.
            table.add(f"parser warm, heap blocks a number, {name}", (many[0] - few[0]) / (many[1] - few[1]), "", limit=0.01)
        found = speeds(program, FIXTURES / "node_exporter-1.5.0/t0.txt", with_device(folder))
        table.add("parser, lines came or went, node_exporter", found["warm"] / found["cold"], "x of cold", least=1.5)
