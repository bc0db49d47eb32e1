# SPDX-License-Identifier: Apache-2.0
"""A real Slurm of 16 nodes: what is read of it, and what happens when its controller does not answer."""
import json
import statistics
import time

from harness import Home, Session, check, run
from slurm import cluster
from test_attach import Daemon, attached

ROLES = "control:\n- slurm: {training: [training], inference: [inference]}\n"


def configured(home, slurm, roles=ROLES, more=""):
    return home.write_config(f"plant: rig\nsources:\n- slurm: {{conf: {slurm.conf}, interval: 2{more}}}\n{roles}")


def busy(slurm):
    """A gang, an array of which two tasks run, a job that is held, and a node that an administrator drained."""
    gang = slurm.submit("-p", "training", "-N4", "--gres=gpu:8", "-J", "pretrain", "-t", "2-0")
    slurm.submit("-p", "training", "--array=1-50%2", "--gres=gpu:4", "-J", "sweep")
    slurm.submit("-p", "training", "-N20", "--gres=gpu:8", "-J", "evil\nFORGED|1\x1b[31mred")
    slurm.submit("-p", "training", "--hold", "--gres=gpu:1", "-J", "held")
    slurm.run("scontrol", "update", "NodeName=node012", "State=DRAIN", "Reason=bad fan on psu 2")
    slurm.until(lambda: slurm.run("squeue", "-h", "-t", "R").count("\n") == 3, "a gang and two tasks run")
    return gang


def test_a_cluster_is_on_the_screen_with_its_nodes_its_queue_and_who_drained_what():
    with Home() as home, cluster(home) as slurm:
        gang = busy(slurm)
        configured(home, slurm)
        run("config", "check", home=home)
        told = run("doctor", home=home).stdout
        for words in ("16 nodes with 128 GPUs, 1 drained, 0 down", "answers for cluster rig", "3 jobs run, 50 wait",
                      "partition inference has node[011-016]: for inference"):
            check(words in told, f"{words}: {told}")
        report = json.loads(run("status", "--json", home=home).stdout)
        check(report["nodes"]["total"] == 16, f"nodes: {report['nodes']}")
        check(report["queue"]["training_pending"] == 50, f"48 tasks and two jobs wait: {report['queue']}")
        names = {job["name"] for job in report["jobs"]}
        check("evil FORGED|1\x1b[31mred" in names and "FORGED" not in names, f"jobs: {names}")
        # A leftover of another shell changes nothing.
        told = run("status", home=home, SQUEUE_FORMAT="%i", SINFO_FORMAT="%n", SLURM_JWT="nonsense", SLURM_CONF="/nowhere").stdout
        check("50 jobs pending" in told, told)
        with Session(home=home, size="160x45") as screen:
            screen.expect("Allocation sum 16", "50 jobs pending ask 353 GPUs", "node012")
            screen.expect_re(r"node012 .*drained by root: bad fan on psu 2")
            screen.expect_re(r"node001 +TRAINING +" + gang + r" +root")
            screen.key("J").expect("JOBS 3 run, 50 wait for 353 GPUs", "pretrain", "JobHeldUser").key("Esc").main()
            # What an administrator does by hand is on the screen at the next look.
            slurm.run("scontrol", "update", "NodeName=node016", "State=DOWN", "Reason=burnt")
            screen.expect("node016 is down by root: burnt", within=20)
            slurm.run("scontrol", "update", "NodeName=node012", "State=RESUME")
            slurm.run("scontrol", "update", "PartitionName=inference", "Nodes=node[012-016]")
            screen.expect("partition inference loses node011", within=20)
            screen.expect("node012 takes work again")
            screen.quit()


def test_a_frozen_controller_is_a_sentence_within_three_seconds_and_keys_stay_quick():
    with Home() as home, cluster(home) as slurm:
        configured(home, slurm)
        with Session(home=home, size="120x36") as screen:
            screen.expect("Allocation sum 16", "no job is pending")
            slurm.freeze()
            try:
                start = time.monotonic()
                screen.expect("slurm is silent (2.4 s): slurmctld hangs or is busy", within=15)
                # The look that meets it begins up to two seconds later.
                took = time.monotonic() - start
                check(took < 2 + 3 + 1, f"the sentence came after {took:.1f} s")
                # What was known stays, and says that it is old.
                screen.expect("Allocation sum 16", "STALE")
                waits = []
                for _ in range(12):
                    for key, text in (("?", "KEYS of the main screen"), ("Esc", "Allocation sum")):
                        screen.watch(0.13)
                        pressed = time.monotonic()
                        screen.do("key", key).expect(text)
                        waits.append(time.monotonic() - pressed)
                check(statistics.median(waits) < 0.1, f"keys while slurmctld is frozen: {sorted(waits)}")
            finally:
                slurm.thaw()
            screen.expect("slurm answers again", within=30)
            slurm.rig("stop", "ctld")
            screen.expect("slurm does not answer: slurmctld is down or cannot be reached", within=15)
            slurm.rig("start", "ctld")
            screen.until(lambda text: text.count("slurm answers again") == 2, "it is back", within=40)
            screen.quit()


def sentence(home):
    """What the single look of a command says is wrong; it ends as one that reached nobody."""
    return run("status", home=home, status=69).stderr


def test_every_way_in_which_a_cluster_cannot_be_read_is_one_plain_sentence():
    with Home() as home, cluster(home, nodes=2) as slurm:
        configured(home, slurm)
        run("status", home=home)
        slurm.rig("stop", "munge")
        check("munged does not run on this host" in sentence(home), sentence(home))
        # Another key: this host is not believed.
        (slurm.folder / "munge/munge.key").write_bytes(b"x" * 128)
        slurm.rig("start", "munge")
        slurm.rig("stop", "ctld")
        check("slurmctld is down" in sentence(home), sentence(home))
        broken = slurm.folder / "etc/broken.conf"
        broken.write_text("Nonsense=1\n")
        home.write_config(f"sources:\n- slurm: {{conf: {broken}}}\n{ROLES}")
        check("slurm.conf is broken" in sentence(home), sentence(home))
        home.write_config(f"sources:\n- slurm: {{conf: {slurm.folder}/etc/gone.conf}}\n{ROLES}")
        start = time.monotonic()
        check("gone.conf is missing or cannot be read" in sentence(home), sentence(home))
        check(time.monotonic() - start < 20, "Slurm alone hangs a minute")
        told = run("config", "check", home=home, status=65).stderr
        check("config.yaml:2" in told and "gone.conf is missing" in told, told)


def test_mistakes_in_the_configuration_of_a_cluster_are_named_with_their_line():
    with Home() as home:
        for roles, wanted in (
                ("control:\n- slurm: {}\n", "name the partitions"),
                ("control:\n- slurm: {training: [a], inference: [a]}\n", "'a' is for training already"),
                ("control:\n- slurm: {training: [ALL]}\n", "'ALL' is no partition's name"),
                ("control:\n- slurm: {training: [a, a]}\n", "named twice"),
                ("control:\n- slurm: {training: [a]}\n- slurm: {training: [a]}\n", "'slurm' is given twice"),
                ("control:\n- simulated: {}\n", "cannot act on real sources"),
                ("control:\n- kubernetes: {}\n", "allowed here: simulated, slurm")):
            home.write_config("sources:\n- slurm: {}\n" + roles)
            told = run("config", "check", home=home, status=78).stderr
            check(wanted in told and "config.yaml:" in told, f"{roles}: {told}")
        home.write_config("control:\n- slurm: {training: [a]}\n")
        told = run("config", "check", home=home, status=78).stderr
        check("needs its source" in told, told)


def test_a_daemon_shows_a_cluster_to_those_who_attach():
    with Home() as home, cluster(home, nodes=4) as slurm:
        slurm.run("scontrol", "update", "NodeName=node004", "State=DRAIN", "Reason=bad fan")
        job = slurm.submit("-p", "training", "-N1", "--gres=gpu:3")
        configured(home, slurm)
        with Daemon(home), attached(home, size="130x36") as screen:
            screen.expect_re(r"node004 .*drained by root: bad fan")
            # Enter opens what is worst.
            screen.key("Enter").expect("NODE node004", "IDLE+DRAIN in inference", "0 of 8 GPUs allocated")
            screen.key("x").expect("slurm says IDLE+DRAIN").key("Esc").expect("NODE node004").key("Esc").main()
            screen.key("J").expect("JOBS 1 run, 0 wait").expect(f" {job} ").key("Esc").main()
            screen.quit()


def test_slurmrestd_is_read_over_its_socket_and_over_tcp_with_a_token_that_may_be_over():
    with Home() as home, cluster(home, nodes=4) as slurm:
        slurm.run("scontrol", "update", "NodeName=node004", "State=DRAIN", "Reason=bad fan")
        slurm.submit("-p", "training", "--array=1-9", "-N2", "--gres=gpu:8")
        slurm.until(lambda: "R" in slurm.run("squeue", "-h", "-o", "%t"), "a task runs")
        configured(home, slurm)
        plain = json.loads(run("status", "--json", home=home).stdout)
        socket, url = slurm.rest()
        configured(home, slurm, more=f", rest: {{socket: {socket}}}")
        through = json.loads(run("status", "--json", home=home).stdout)
        for part in ("nodes", "queue", "allocation"):
            check(through[part] == plain[part], f"{part}: {through[part]}, by commands {plain[part]}")
        token = home.path / "token"
        configured(home, slurm, more=f", rest: {{url: '{url}', token_file: {token}, user: {slurm.user}}}")
        check(f"{token}" in sentence(home), "no token")
        token.write_text("nonsense\n")
        check("does not take the token of" in sentence(home), sentence(home))
        token.write_text(slurm.run("scontrol", "token", f"username={slurm.user}", "lifespan=1"))
        time.sleep(2.1)
        check("is over since" in sentence(home), sentence(home))
        token.write_text(slurm.run("scontrol", "token", f"username={slurm.user}", "lifespan=600"))
        through = json.loads(run("status", "--json", home=home).stdout)
        check(through["nodes"] == plain["nodes"], f"over TCP: {through['nodes']}")
        slurm.rig("stop", "rest")
        check("slurmrestd at" in sentence(home) and "refuses the connection" in sentence(home), sentence(home))
