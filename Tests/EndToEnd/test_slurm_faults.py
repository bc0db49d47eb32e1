# SPDX-License-Identifier: Apache-2.0
"""What a real Slurm and those around it do to whoever reads it and moves its nodes: each is a sentence in time."""
import contextlib
import os
import re
import signal
import subprocess
import threading
import time

from harness import Home, Session, check, fixture, run, serve
from slurm import cluster
from test_attach import Daemon, attached
from test_slurm import ROLES, configured
from test_slurm_moves import configured as acting, ending, members, moved, state, steps, verified

VLLM = fixture("vllm-0.32.0/t1.txt")
WAITING = re.compile(rb"^(vllm:num_requests_waiting\{.*\}) \S+$", re.M)


def waiting(count):
    """An engine's page with so many requests that wait."""
    return WAITING.sub(rb"\1 %d" % count, VLLM)


@contextlib.contextmanager
def stranger(slurm):
    """A munged with a key of its own; gives its socket."""
    folder = slurm.folder / "stranger"
    folder.mkdir(0o711)
    key = folder / "munge.key"
    key.write_bytes(os.urandom(128))
    key.chmod(0o600)
    subprocess.run(
        ["munged", "--force", f"--key-file={key}", f"--socket={folder}/munge.sock", f"--pid-file={folder}/munged.pid",
         f"--log-file={folder}/munged.log", f"--seed-file={folder}/munged.seed"], check=True, timeout=20)
    try:
        yield folder / "munge.sock"
    finally:
        os.kill(int((folder / "munged.pid").read_text()), signal.SIGKILL)


def in_time(screen, sentence):
    """The look that meets a fault begins up to two seconds after it; the sentence is there three seconds later."""
    start = time.monotonic()
    screen.expect(sentence, within=20)
    took = time.monotonic() - start
    check(took < 2 + 3 + 1, f"'{sentence}' came after {took:.1f} s")


def test_without_munge_or_with_another_key_there_is_a_sentence_in_time_and_the_rest_lives():
    routes = {"/vllm": waiting(3)}
    with Home() as home, serve(routes) as url, cluster(home, nodes=4) as slurm:
        configured(home, slurm, roles=f"- scrape: {{targets: ['{url}/vllm'], interval: 1}}\n{ROLES}")
        with Session(home=home, size="150x40") as screen:
            screen.expect("Allocation sum 4", "no job is pending")

            def rest_lives(count):
                """What was known of the cluster stays, old; the engines beside it are read on, and keys are heard."""
                screen.expect("Allocation sum 4", "STALE")
                routes["/vllm"] = waiting(count)
                screen.expect_re(rf"tiny-llama +{count}\b")
                screen.key("J").expect("JOBS").key("Esc").main()

            with stranger(slurm) as socket:
                mine = slurm.conf.read_text()
                other = slurm.conf.with_name("other")
                other.write_text(mine.replace(f"socket={slurm.folder}/munge/munge.sock", f"socket={socket}"))
                other.rename(slurm.conf)
                in_time(screen, "slurm does not take our credential: munge keys or clocks of the two hosts differ")
                rest_lives(864)
                slurm.conf.write_text(mine)
                screen.expect("slurm answers again", within=30)
            slurm.rig("stop", "munge")
            in_time(screen, "slurm cannot be asked: munged does not run on this host (systemctl start munge)")
            rest_lives(753)
            slurm.rig("start", "munge")
            screen.until(lambda text: text.count("slurm answers again") == 2, "munged is back")
            screen.quit()


def test_a_slurmrestd_that_hangs_or_has_gone_is_a_sentence_in_time():
    with Home() as home, cluster(home, nodes=2) as slurm:
        configured(home, slurm, more=f", rest: {{socket: {slurm.rest()[0]}}}")
        with Session(home=home, size="150x40") as screen:
            screen.expect("Allocation sum 2", "no job is pending")
            pid = int((slurm.folder / "run/slurmrestd.pid").read_text())
            os.kill(pid, signal.SIGSTOP)
            in_time(screen, "slurm cannot be asked: slurmrestd at")
            screen.expect("STALE").key("?").expect("KEYS of the main screen").key("Esc").main()
            os.kill(pid, signal.SIGCONT)
            screen.expect("slurm answers again", within=30)
            slurm.rig("stop", "rest")
            in_time(screen, "refuses the connection")
            slurm.rig("start", "rest")
            screen.until(lambda text: text.count("slurm answers again") == 2, "it is back")
            screen.quit()


def test_lists_with_brackets_and_commas_are_taken_apart_and_put_together():
    with Home() as home:
        extra = home.path / "racks.conf"
        # Nobody starts these: two brackets in a name, and gaps.
        extra.write_text(
            "NodeName=r[0-1]n[1-2,4] NodeHostname=nowhere NodeAddr=127.0.0.1 Port=[9001-9006] CPUs=4 RealMemory=1000\n"
            "PartitionName=racks Nodes=r[0-1]n[1-2,4],node016 State=UP\n")
        with cluster(home, extra_conf=extra) as slurm:
            acting(home, slurm)
            slurm.run("scontrol", "update", "PartitionName=training", "Nodes=node[001,003],node005,node[007-009]")
            told = run("doctor", home=home).stdout
            check("22 nodes with 128 GPUs" in told, told)
            check(re.search(r"partition racks has .*r0n\[1-2,4\]", told), told)
            # Of node016, in two partitions, and of the racks, in a foreign one, none is taken.
            run("move", "--to", "inference", "--nodes", 1, "--yes", home=home)
            took = {"node001", "node003", "node005", "node007", "node008", "node009"} - members(slurm, "training")
            check(len(took) == 1, f"taken: {took}")
            check(members(slurm, "inference") == {f"node{n:03}" for n in range(11, 17)} | took, members(slurm, "inference"))
            check(members(slurm, "racks") == {f"r{r}n{n}" for r in (0, 1) for n in (1, 2, 4)} | {"node016"}, "racks")
            verified(home)


def test_ten_thousand_jobs_that_wait_are_counted_and_neither_keys_nor_moves_wait_for_them():
    with Home() as home, cluster(home) as slurm:
        acting(home, slurm)
        script = home.path / "job.sh"
        script.write_text("#!/bin/sh\nexec sleep 9000\n")
        gang = slurm.submit("-p", "training", "-N9", "--gres=gpu:8", "-J", "pretrain")
        # A hundred jobs of a hundred parts, each of which is a row of the queue.
        part = ["-p", "training", "-N2", "--gres=gpu:8"]
        parts = [word for number in range(99) for word in (":", *part)]
        for number in range(100):
            slurm.run("sbatch", "-o", "/dev/null", *part, "-J", f"\x1b[2Jsweep{number}|", *parts, script)
        check(slurm.run("squeue", "-h", "-t", "PD").count("\n") == 10_000, "10,000 rows wait")
        with Session(home=home, size="150x40") as screen:
            screen.expect("10000 jobs pending ask 160000 GPUs")
            screen.expect_re(r"node001 +TRAINING +" + gang + r" +root")
            screen.key("J").expect_re("JOBS 1 run, 10,?000 wait")
            screen.key("Esc").main()
            screen.key(">").expect("PLAN", "node010").key("y")
            screen.until(lambda _: ending(home) == "done", "d-1 is done")
            check("node010" in members(slurm, "inference"), members(slurm, "inference"))
            screen.key("Esc").main().quit()
        verified(home)


def test_a_node_that_vanishes_during_its_move_is_said_and_neither_lost_nor_left_to_nobody():
    with Home() as home, cluster(home) as slurm:
        acting(home, slurm)
        job = slurm.submit("-p", "training", "-N10", "--gres=gpu:8", "-J", "pretrain", "-t", "60")
        slurm.until(lambda: state(slurm, "node001") != "IDLE", "the job runs")
        with Session(home=home, size="150x40") as screen:
            screen.expect("Allocation sum 16", "node001  TRAINING").key(">").expect("PLAN", "waits until", "for job 1 pretrain of root").key("y")
            screen.until(lambda _: steps(home)[-1:] == ["drain"], "it waits")
            node = next(f"node{n:03}" for n in range(1, 11) if "DRAIN" in state(slurm, f"node{n:03}"))
            slurm.run("scancel", job)
            slurm.run("scontrol", "update", f"NodeName={node}", "State=FUTURE")
            screen.until(lambda _: ending(home) is not None, "d-1 ends", within=90)
            check(ending(home) == "failed", ending(home))
            screen.key("Esc").main().key("M").expect(f"Slurm does not know {node} any more", "BY HAND")
            screen.key("Esc").main().quit()
        # Whoever else was there is as before.
        check(members(slurm, "training") >= {f"node{n:03}" for n in range(1, 11)} - {node}, members(slurm, "training"))
        check(members(slurm, "inference") == {f"node{n:03}" for n in range(11, 17)}, members(slurm, "inference"))
        check("drain" not in slurm.run("sinfo", "-h", "-N", "-o", "%T"), "nothing else is drained")
        verified(home)


def test_two_operators_at_once_take_no_node_twice_and_a_second_program_is_kept_out():
    with Home() as home, cluster(home) as slurm:
        acting(home, slurm)
        with Daemon(home), attached(home, size="120x40") as one, attached(home, size="120x40") as two:
            for screen in (one, two):
                screen.expect("Allocation sum 16").key(">").expect("PLAN", "TAKES", "node001")
            def press(screen):
                screen.key("y").watch(8)

            both = [threading.Thread(target=press, args=(screen,)) for screen in (one, two)]
            for thread in both:
                thread.start()
            for thread in both:
                thread.join()
            # Both had the same plan: the second y is told, and sends nothing.
            texts = sorted((one, two), key=lambda screen: "was submitted before" in screen.text())
            texts[0].expect("d-1 is accepted")
            texts[1].expect("d-1 was submitted before", "nothing was sent twice")
            check(ending(home) == "done" and steps(home) == ["cordon", "drain", "load", "serve"], steps(home))
            # Another program beside the daemon, which asks Slurm itself.
            beside = ("move", "--backend", "slurm", "--to", "inference/inference", "--nodes", 1, "--yes")
            told = run(*beside, home=home, status=73).stderr
            check("one plant has one writer" in told, told)
            moved(slurm, "node001")
            check(len(members(slurm, "inference")) == 7 and len(members(slurm, "training")) == 9, "one node has moved, once")
        verified(home)


def test_while_slurmctld_hangs_every_screen_says_so_first_and_an_abort_is_not_told_before_it_is_done():
    with Home() as home, cluster(home) as slurm:
        acting(home, slurm)
        slurm.submit("-p", "training", "-N10", "--gres=gpu:8", "-J", "pretrain", "-t", "60")
        slurm.until(lambda: state(slurm, "node001") != "IDLE", "the job runs")
        with Session(home=home, size="80x24") as screen:
            screen.expect("Allocation 16", "TRAINING").key(">").expect("PLAN", "for job 1 pretrain of root").key("y")
            screen.until(lambda _: steps(home)[-1:] == ["drain"], "it waits")
            screen.key("Esc").expect("Allocation 16")
            os.kill(slurm.controller, signal.SIGSTOP)
            in_time(screen, "slurm is silent (2.4 s): slurmctld hangs or is busy")
            # Whoever holds what is of then, and said to be.
            screen.expect_re(r"ALL AS OF \d\d:\d\d:\d\dZ, \d+s ago!", within=15)
            screen.expect_re(r"node002 +STALE +1 +root +was TRAINING")
            screen.expect("no word since")
            screen.key("M").expect("no word of it since").key("A").expect("abort d-1: free").key("y")
            screen.expect("d-1 aborts: 1 unit goes back once slurm answers", within=15)
            screen.key("Esc").expect("Allocation 16").key(">").expect("FAIL 15 data: slurm last answered", "rail 15 fails, data", within=20)
            screen.key("Esc").expect("Allocation 16")
            told = run("move", "--to", "inference", "--nodes", 1, "--dry-run", home=home, status=3).stderr
            check("No source speaks of any node: slurm is silent (2.4 s): slurmctld hangs or is busy." in told, told)
            check("DRAIN" not in told and ending(home) is None, ending(home))
            os.kill(slurm.controller, signal.SIGCONT)
            screen.until(lambda _: ending(home) == "aborted", "it is back", within=60)
            check("DRAIN" not in state(slurm, "node001"), state(slurm, "node001"))
            screen.quit()
        verified(home)
