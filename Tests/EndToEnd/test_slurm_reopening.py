# SPDX-License-Identifier: Apache-2.0
"""A terminal is closed and opened again on a real Slurm: what happened before is there, and what was left can be ended."""
import json
import os

from harness import Home, Session, check, run
from slurm import cluster
from test_slurm_moves import configured, ending, moved, state, steps, untouched, verified


def test_whoever_opens_it_again_sees_what_moves_did_takes_one_back_and_is_told_what_they_keep():
    with Home() as home, cluster(home) as slurm:
        configured(home, slurm)
        run("move", "--to", "inference/inference", "--nodes", 1, "--yes", home=home)
        moved(slurm, "node001")
        with Session(home=home, size="160x40") as screen:
            screen.expect("Allocation sum 16", "MOVE", "d-1 done, 1 of 1 unit", "d-1 submitted by")
            screen.key("M").expect("plan back").key("A").expect("PLAN", "takes back d-1").key("y")
            screen.until(lambda _: ending(home, "d-2") == "done", "d-2 is done")
            untouched(slurm)
            screen.key("Esc", "Esc").main().quit()
        # As if the last step of d-2 had not been taken: its drain stands.
        memory = json.loads(next((home.state / "tokenworks").rglob("slurm-*.json")).read_text())
        mark = f"tokenworks:d-2 inference->training {memory['writer']}"
        slurm.run("scontrol", "update", "NodeName=node001", "State=DRAIN", f"Reason={mark}")
        with Session(home=home, size="160x40") as screen:
            screen.expect("Allocation sum 16").key("H").expect("HOLD").key("M")
            screen.expect("1 node stuck", "d-2 done, and still keeps it", "still keeps node001 out of work")
            screen.expect("scontrol update NodeName=node001 State=RESUME").key("Esc").main().quit()
        slurm.run("scontrol", "update", "NodeName=node001", "State=RESUME")
        verified(home)


def test_an_open_move_that_nobody_will_take_up_is_closed_by_command_while_nobody_else_has_the_audit():
    close = ("moves", "--plant", "rig", "--close", "d-1", "--reason", "that cluster is to go")
    with Home() as home, cluster(home) as slurm:
        configured(home, slurm)
        slurm.submit("-p", "training", "-N10", "--gres=gpu:8")
        slurm.until(lambda: state(slurm, "node001") != "IDLE", "the job runs")
        with Session(home=home, size="120x40") as screen:
            screen.expect("Allocation sum 16", "node001  TRAINING").key(">").expect("PLAN", "TAKES").key("y")
            screen.until(lambda _: steps(home)[-1:] == ["drain"], "it waits")
            held = run(*close, home=home, status=73)
            check("one plant has one writer" in held.stderr, held.stderr)
            os.kill(screen.program.pid, 9)
            screen.ends(None)
        node = next(r["node"] for r in home.audit("rig") if r.get("step") == "drain")
        other = run("moves", "--plant", "rig", "--close", "d-7", "--reason", "no such", home=home, status=3)
        check("d-7 is not open" in other.stderr and "open: d-1 of" in other.stderr, other.stderr)
        told = run(*close, home=home).stdout
        check("d-1 of" in told and f"on their way when it was left: {node}" in told, told)
        check(home.audit("rig")[-1]["details"] == {"move_end": "interrupted", "reason": "that cluster is to go"}, "the record")
        check("is not open" in run(*close, home=home, status=3).stderr, "once")
        with Session(home=home, size="160x40") as screen:
            screen.expect("Allocation sum 16", "MANUAL", "is closed by hand by").key("M")
            screen.expect("d-1 interrupted, and still keeps it", f"scontrol update NodeName={node} State=RESUME")
            screen.key("Esc").main().quit()
        check("that move is not under way" in run("drift", home=home).stdout, "drift has its lines as well")
        verified(home)
