# SPDX-License-Identifier: Apache-2.0
"""A real Slurm of 256 nodes with 10,000 jobs that wait: what a look at it costs beside Slurm's own commands, and a move."""
import statistics
import sys

from harness import BINARY, ROOT, Home, Session, check
from slurm import cluster
from test_slurm_moves import RAILS, ending, verified

sys.path.insert(0, str(ROOT / "Benchmarks"))
import clustered  # noqa: E402
from watched import Watched  # noqa: E402


def test_256_nodes_and_10_000_jobs_are_read_at_a_known_cost_and_a_node_of_them_is_moved():
    with Home() as home, cluster(home, nodes=256) as slurm:
        slurm.fill(10_000)
        home.write_config(
            f"plant: rig\nsources:\n- slurm: {{conf: {slurm.conf}, interval: {clustered.INTERVAL}}}\ncontrol:\n"
            f"- slurm: {{enabled: true, training: [training], inference: [inference]}}\n{RAILS}")
        env = {"XDG_CONFIG_HOME": str(home.config), "XDG_STATE_HOME": str(home.state)}
        with Watched([str(BINARY)], (120, 36), env=env) as program:
            program.wait(lambda text: "10000 jobs pending" in text)
            program.watch(clustered.INTERVAL * 2)
            cost = clustered.Cost(program, slurm, 4)
            print(f"{BINARY}: {cost.looks} looks, {cost.queues} at the queue too; a look: own {cost.own:.0f} ms of processor"
                  f" (the dearer kind {statistics.median(cost.dearest):.0f}), its children {cost.children:.0f},"
                  f" slurmctld {cost.controller:.0f}; memory {program.memory():.0f} MB")
        for words in (("squeue", "-h", "-a"), ("sinfo", "-N", "-h", "-a")):
            print(f"{' '.join(words)} by itself: {clustered.alone(slurm, *words):.0f} ms")
        with Session(home=home, size="120x40") as screen:
            screen.expect("Allocation sum 256", "10000 jobs pending").key("<").expect("PLAN", "TAKES").key("y")
            screen.until(lambda _: ending(home) == "done", "d-1 is done", within=60)
            screen.key("Esc").main().quit()
        check(len(slurm.members("training")) == 161 and len(slurm.members("inference")) == 95, "one node has moved")
        verified(home)
