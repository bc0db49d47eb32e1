# SPDX-License-Identifier: Apache-2.0
"""Kills a daemon at any moment, again and again, and looks at what is left: shared by the test and the soak."""
import concurrent.futures
import contextlib
import os
import random
import re
import subprocess
import time

from harness import BINARY, Home, check, run
from test_attach import Daemon

# The smallest with a spare node to give: a start is short, and `--yes` confirms one node.
PLANT = ("--nodes", 32, "--drill", "calm", "--speed", 60)
WAYS = (("inference/chat", "spare"), ("training", "spare"), ("inference/think", "spare"), ("spare", "inference/chat"))


def mover(home, dice):
    """A client that asks for a move, as an operator's script would."""
    to, source = dice.choice(WAYS)
    return subprocess.Popen(
        [str(BINARY), "move", "--to", to, "--from", source, "--nodes", "1", "--yes"], env=home.env(),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def launched(home):
    """A daemon of which nobody waits until it serves."""
    return subprocess.Popen(
        [str(BINARY), "serve", *map(str, PLANT)], env=home.env(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL)


def killed(home, daemon, dice):
    """One round: moves are asked for, and the daemon dies in the middle. -> decisions that clients were told are accepted."""
    movers = [mover(home, dice) for _ in range(dice.randint(1, 2))]
    before = len(home.audit())
    until = time.monotonic() + 20
    # From the first record on: that is where there is something to lose. Some rounds die before it.
    patience = dice.uniform(0, 0.5) if dice.random() < 0.2 else None
    while time.monotonic() < until and (patience is None or time.monotonic() < until - 20 + patience):
        size = home.audit_file().stat().st_size if home.audit_file().exists() else 0
        if size and len(home.audit_file().read_bytes().splitlines()) > before:
            break
        if all(one.poll() is not None for one in movers):
            break
        time.sleep(0.002)
    time.sleep(dice.choice((0, dice.uniform(0, 0.01), dice.uniform(0, 0.3), dice.uniform(0, 1))))
    daemon.kill()
    told = []
    for one in movers:
        one.kill()
        # Its plan names the decision too; what is accepted is said behind it, on a line of its own.
        said = one.communicate()[0]
        told += re.findall(r"^(d-\d+) is accepted", said, re.M)
    return told


def resolved(home, told, where):
    """The audit after the last start: whole, every question answered, nothing twice, nothing of what clients heard missing."""
    check("chain whole" in run("audit", "verify", home=home).stdout, f"{where}: the audit does not verify")
    open_, accepted = {}, []
    for record in home.audit():
        if record["kind"] == "asked":
            open_[str(record["sequence"])] = record["text"]
        elif ends := record["details"].get("asked"):
            check(ends in open_, f"{where}: answered twice, or never asked: {record}")
            del open_[ends]
        if record["kind"] == "accepted" and record.get("decision"):
            accepted.append(record["decision"])
    check(not open_, f"{where}: asked and never answered: {open_}")
    check(len(accepted) == len(set(accepted)), f"{where}: a decision was accepted twice: {accepted}")
    check(set(told) <= set(accepted), f"{where}: lost, though a client was told: {set(told) - set(accepted)}")
    lines = run("moves", "--limit", 1000, home=home).stdout
    missing = [one for one in accepted if not re.search(rf"^{one} ", lines, re.M)]
    check(not missing, f"{where}: moves are missing: {missing}\n{lines}")
    check(" running" not in lines and " held" not in lines, f"{where}: a move is left open: {lines}")
    return len(accepted)


def kills(rounds, seed):
    """-> moves that were accepted."""
    dice = random.Random(seed)
    told = []
    with Home() as home, contextlib.ExitStack() as ending:
        daemon = ending.enter_context(Daemon(home, *PLANT))
        for number in range(rounds):
            if number % 4 == 3:
                # While it starts: as often as there is time for a start.
                start = launched(home)
                time.sleep(dice.uniform(0, 1))
                start.kill()
                start.wait()
            else:
                told += killed(home, daemon, dice)
            if number % 4 != 2 or number == rounds - 1:
                daemon.start()
        check(daemon.stop() == 0, f"FUZZ_SEED={seed}: no orderly end")
        return resolved(home, told, f"FUZZ_SEED={seed}")


def campaign(count, lanes=3):
    """So many kills, in several homes at a time: most of a round is waiting."""
    seed = int(os.environ.get("FUZZ_SEED", random.randrange(1 << 32)))
    share = [count // lanes + (lane < count % lanes) for lane in range(lanes)]
    with concurrent.futures.ThreadPoolExecutor(max_workers=lanes) as pool:
        accepted = sum(pool.map(lambda lane: kills(share[lane], seed + lane), range(lanes)))
    check(accepted >= count / 8, f"FUZZ_SEED={seed}: {accepted} moves in {count} rounds prove little")
    return accepted
