# SPDX-License-Identifier: Apache-2.0
"""Moves between the partitions of a real Slurm: by keys and by command, aborted, cut off, and taken up again."""
import json
import os
import re
import signal
import subprocess
import time

from harness import BINARY, Home, Session, check, run
from slurm import cluster
from test_attach import Daemon

RAILS = "rails: {yes_share: 0.5, reason_share: 0.9, cooldown: 0, transit_share: 0.5, per_10_minutes: 1, per_hour: 1}\n"


def configured(home, slurm, enabled="true", more=""):
    return home.write_config(
        f"plant: rig\nsources:\n- slurm: {{conf: {slurm.conf}, interval: 2}}\ncontrol:\n"
        f"- slurm: {{enabled: {enabled}, training: [training], inference: [inference]{more}}}\n{RAILS}")


def members(slurm, partition):
    """The nodes of a partition, one by one."""
    record = slurm.run("scontrol", "-o", "show", "partition", partition)
    words = re.search(r" Nodes=(\S+)", record)[1]
    return set(slurm.run("scontrol", "show", "hostnames", words).split())


def state(slurm, node):
    return slurm.node(node)["State"]


def steps(home, decision="d-1"):
    """The steps of a move, as the audit has them; one that is given again, for want of an answer in time, counts once."""
    taken = [r["step"] for r in home.audit("rig") if r.get("decision") == decision and r["kind"] == "step" and r.get("step")]
    return [step for at, step in enumerate(taken) if taken[at - 1:at] != [step]]


def ending(home, decision="d-1"):
    ends = [r["details"]["move_end"] for r in home.audit("rig") if r.get("decision") == decision and "move_end" in r.get("details", {})]
    return ends[-1] if ends else None


def verified(home):
    told = run("audit", "verify", home=home).stdout
    check("chain whole" in told, told)
    asked = [r for r in home.audit("rig") if r["kind"] == "asked"]
    answers = [r["details"]["asked"] for r in home.audit("rig") if "asked" in r.get("details", {})]
    check(sorted(answers) == sorted(str(r["sequence"]) for r in asked), f"asked {asked}, answered {answers}")


def untouched(slurm):
    """As the rig has begun."""
    check(members(slurm, "training") == {f"node{n:03}" for n in range(1, 11)}, members(slurm, "training"))
    check(members(slurm, "inference") == {f"node{n:03}" for n in range(11, 17)}, members(slurm, "inference"))
    check(all(state(slurm, f"node{n:03}").split("+")[0].rstrip("*") in ("IDLE", "ALLOCATED", "MIXED")
              and "DRAIN" not in state(slurm, f"node{n:03}") for n in range(1, 17)), "a node is left drained")


def moved(slurm, node):
    check(node in members(slurm, "inference") and node not in members(slurm, "training"), f"{node} is not in inference alone")
    check("DRAIN" not in state(slurm, node), f"{node} is {state(slurm, node)}")


def test_an_idle_node_is_moved_by_keys_seen_to_arrive_and_taken_back():
    with Home() as home, cluster(home) as slurm:
        configured(home, slurm)
        with Session(home=home, size="120x40") as screen:
            screen.expect("Allocation sum 16").key(">").expect("PLAN", "TAKES", "node001", "drain 1 training")
            screen.key("c").expect("scontrol update NodeName=node001 State=DRAIN", "PartitionName=training").key("c")
            screen.key("y")
            screen.until(lambda _: ending(home) == "done", "d-1 is done")
            moved(slurm, "node001")
            check(steps(home) == ["cordon", "drain", "load", "serve"], steps(home))
            # The way back: A on the moves screen drafts it.
            screen.key("Esc").main().key("M").expect("d-1").key("A").expect("PLAN", "takes back d-1").key("y")
            screen.until(lambda _: ending(home, "d-2") == "done", "d-2 is done")
            untouched(slurm)
            screen.key("Esc", "Esc").main().quit()
        verified(home)


def test_the_command_does_what_the_keys_do_and_a_dry_run_changes_nothing():
    with Home() as home, cluster(home) as slurm:
        configured(home, slurm, enabled="false")
        told = run("move", "--to", "inference/inference", "--nodes", 2, "--yes", home=home, status=3)
        check("enabled: true" in told.stderr, told.stderr)
        # Nothing may be sent, and no rail has a word against it: that is what a dry run asks.
        told = run("move", "--to", "inference/inference", "--nodes", 2, "--dry-run", home=home)
        check("enabled: true" in told.stdout and "RUNS   scontrol update NodeName=node002 State=RESUME" in told.stdout, told.stdout)
        told = run("move", "--to", "inference/inference", "--nodes", 10, "--dry-run", home=home, status=3)
        check("refused" in told.stderr, told.stderr)
        check("read-only" in run("config", "check", home=home).stdout, "nothing is enabled")
        configured(home, slurm)
        check("nodes may move" in run("config", "check", home=home).stdout, "what is enabled is said")
        dry = run("move", "--backend", "slurm", "--to", "inference", "--nodes", 2, "--dry-run", home=home).stdout
        for line in ("scontrol update NodeName=node001 State=DRAIN 'Reason=tokenworks:d-1 training->inference",
                     "scontrol update PartitionName=training 'Nodes=node[002-010]'",
                     "scontrol update PartitionName=training 'Nodes=node[003-010]'",
                     "scontrol update NodeName=node002 State=RESUME"):
            check(line in dry, f"{line}\n{dry}")
        untouched(slurm)
        done = run("move", "--backend", "slurm", "--to", "inference", "--nodes", 2, "--yes", home=home).stdout
        check("done" in done, done)
        for node in ("node001", "node002"):
            moved(slurm, node)
        check(run("moves", home=home).stdout.count("d-1") == 1, "one move")
        verified(home)


def test_the_node_that_is_selected_or_named_goes_and_no_other_in_its_place_by_command():
    with Home() as home, cluster(home) as slurm:
        configured(home, slurm)
        slurm.run("scontrol", "update", "NodeName=node002", "State=DRAIN", "Reason=bad fan")
        with Session(home=home, size="120x40") as screen:
            screen.expect("Allocation sum 16", "drained by root: bad fan")
            # The drained one is the worst and first; the fourth row is node004.
            screen.key("g", ">").expect("PLAN", "node002, as selected, stays: it is SUSPECT, drained by root: bad fan")
            screen.key("Esc").main().key("j", "j", "j", ">").expect("PLAN", "node004, as selected")
            screen.key("y")
            # The plan that was looked at first had d-1.
            screen.until(lambda _: ending(home, "d-2") == "done", "d-2 is done")
            moved(slurm, "node004")
            screen.key("Esc").main().quit()
        told = run("move", "--to", "inference", "--node", "node002", "--yes", home=home, status=3)
        check("refused: node002, as selected, stays: it is SUSPECT" in told.stderr, told.stderr)
        check(len(members(slurm, "inference")) == 7, "nobody went in its place")
        told = run("move", "--to", "inference", "--node", "node007", "--yes", home=home).stdout
        check("(node007 as selected)" in told, told)
        moved(slurm, "node007")
        verified(home)


def test_a_plan_says_who_could_not_come_back_who_could_begin_and_what_a_shell_takes_on_the_smallest_screen():
    with Home() as home, cluster(home) as slurm:
        configured(home, slurm)
        job = slurm.submit("-p", "training", "-N8", "--gres=gpu:8", "-J", "pretrain", "-t", "600")
        slurm.until(lambda: job in slurm.run("squeue", "-h", "-t", "R", "-o", "%i").split(), "the job runs")
        wide = slurm.submit("-p", "inference", "-N7", "--gres=gpu:8", "-J", "wide")
        slurm.submit("-p", "inference", "-H", "-J", "held")
        slurm.until(lambda: slurm.run("squeue", "-h", "-j", wide, "-o", "%r").strip() == "PartitionNodeLimit", "Slurm's word")
        with Session(home=home, size="80x24") as screen:
            screen.expect("node001  TRAINING").watch(7).key(">")
            screen.expect(f"1 of 2 pending jobs in inference would fit: {wide} (root)", "not judged: 1", "c commands")
            screen.key("+").expect("+2 nodes").key("+").expect("waits until", "b requeue them").key("b")
            screen.expect(f"LOSS  job {job} pretrain of root could NOT start again after the move: it has",
                          "nodes, training keeps 7", f"puts job {job} pretrain of root back", "b drain them",
                          "STEPS drain: cordon", "requeue: cordon").gone("wait at +10").gone("begins again")
            text = screen.key("c").expect("what the engine would be told", "'Reason=tokenworks:").text()
            screen.key("Esc", "Esc").expect("nothing moves").quit()
        # As it stands on the screen, in a shell that only says what it was told.
        rows = [row for row in text.splitlines() if row.startswith((" scontrol update", "   'Reason", " squeue", " # "))]
        said = subprocess.run(
            ["bash"], input="scontrol() { printf '<%s>' \"$@\"; echo; }; squeue() { :; }\n" + "\n".join(rows) + "\n",
            capture_output=True, text=True, timeout=10)
        check(said.stderr == "", f"{said.stderr}\n{text}")
        first = said.stdout.splitlines()[0]
        check(re.fullmatch(r"<update><NodeName=node009><State=DRAIN><Reason=tokenworks:d-\d+ training->inference \w+>", first), first)
        check("<update><PartitionName=training><Nodes=node[001-008,010]>" in said.stdout, said.stdout)
        untouched(slurm)


def test_a_busy_node_is_waited_for_and_an_abort_while_it_drains_gives_it_back():
    with Home() as home, cluster(home) as slurm:
        configured(home, slurm)
        job = slurm.submit("-p", "training", "-N10", "--gres=gpu:8", "-J", "pretrain", "-t", "60")
        slurm.until(lambda: state(slurm, "node001") != "IDLE", "the job runs")
        with Session(home=home, size="120x40") as screen:
            screen.expect("Allocation sum 16", "node001  TRAINING").key(">").expect("PLAN", "waits until", "pretrain of root").key("y")
            screen.until(lambda _: any("DRAIN" in state(slurm, f"node{n:03}") for n in range(1, 11)), "a node drains")
            node = next(f"node{n:03}" for n in range(1, 11) if "DRAIN" in state(slurm, f"node{n:03}"))
            check("tokenworks:d-1 training->inference" in slurm.run("scontrol", "-o", "show", "node", node), "the reason")
            screen.until(lambda _: steps(home)[-1:] == ["drain"], "it waits")
            screen.key("Esc").main().key("M").expect("d-1").key("A").expect("abort").key("y")
            screen.until(lambda _: ending(home) == "aborted", "d-1 is aborted")
            untouched(slurm)
            check(slurm.run("squeue", "-h", "-t", "R").split()[0] == job, "the job runs on")
            # Once more, and now the job ends.
            screen.key("Esc").main().key(">").expect("PLAN", "TAKES").key("y")
            screen.until(lambda _: steps(home, "d-2")[-1:] == ["drain"], "it waits")
            slurm.run("scancel", job)
            screen.until(lambda _: ending(home, "d-2") == "done", "d-2 is done")
            screen.key("Esc").main().quit()
        verified(home)


def test_a_change_by_somebody_else_rolls_the_move_back_and_stays():
    with Home() as home, cluster(home) as slurm:
        configured(home, slurm)
        job = slurm.submit("-p", "training", "-N10", "--gres=gpu:8")
        slurm.until(lambda: state(slurm, "node001") != "IDLE", "the job runs")
        with Session(home=home, size="120x40") as screen:
            screen.expect("Allocation sum 16", "node001  TRAINING").key(">").expect("PLAN", "TAKES").key("y")
            screen.until(lambda _: steps(home)[-1:] == ["drain"], "it waits")
            slurm.run("scontrol", "update", "PartitionName=inference", "Nodes=node[012-016]")
            slurm.run("scancel", job)
            screen.until(lambda _: ending(home) == "failed", "d-1 has failed")
            screen.key("Esc").main().key("M").expect("partition inference has lost node011 meanwhile, by somebody else")
            screen.key("Esc").main().quit()
        check(members(slurm, "inference") == {f"node{n:03}" for n in range(12, 17)}, "the administrator's change stays")
        check(members(slurm, "training") == {f"node{n:03}" for n in range(1, 11)}, "and the node is back")
        check(not any("DRAIN" in state(slurm, f"node{n:03}") for n in range(1, 17)), "nothing is left drained")
        verified(home)


def test_jobs_are_put_back_only_when_their_name_is_typed():
    with Home() as home, cluster(home) as slurm:
        configured(home, slurm, more=", checkpoint_grace: 1, checkpoint_signal: CONT")
        job = slurm.submit("-p", "training", "-N10", "--gres=gpu:8", "-J", "pretrain", "--requeue")
        slurm.until(lambda: state(slurm, "node001") != "IDLE", "the job runs")
        with Session(home=home, size="120x40") as screen:
            screen.expect("Allocation sum 16", "node001  TRAINING").key(">").expect("b requeue").key("b")
            screen.expect("pretrain of root back into the queue").key("y").watch(1)
            check(steps(home) == [], "y alone moves nothing")
            screen.type("pretrain").key("Enter")
            # d-1 was the plan that drains.
            screen.until(lambda _: ending(home, "d-2") == "done", "d-2 is done", within=60)
            check(steps(home, "d-2") == ["cordon", "checkpoint", "release", "load", "serve"], steps(home, "d-2"))
            check(slurm.run("squeue", "-h", "-t", "PD").split()[:1] == [job], "the job waits in the queue again")
            screen.key("Esc").main().quit()
        verified(home)


def test_a_job_that_dies_of_the_signal_to_save_is_put_back_all_the_same():
    with Home() as home, cluster(home) as slurm:
        configured(home, slurm, more=", checkpoint_grace: 3, checkpoint_signal: USR1")
        job = slurm.submit("-p", "training", "-N10", "--gres=gpu:8", "-J", "pretrain", "--requeue", "-t", "60")
        slurm.until(lambda: state(slurm, "node001") != "IDLE", "the job runs")
        run("move", "--to", "inference/inference", "--nodes", "1", "--requeue", "--confirm", "pretrain", home=home)
        check(ending(home) == "done", ending(home))
        check(slurm.run("squeue", "-h", "-o", "%i").split() == [job], "it is in the queue again")
        moved(slurm, "node001")
        verified(home)


def test_a_heterogeneous_job_is_named_and_put_back_whole():
    with Home() as home:
        extra = home.path / "soon.conf"
        # Backfill alone starts such jobs, usually twice a minute.
        extra.write_text("SchedulerParameters=bf_interval=1\n")
        with cluster(home, nodes=4, extra_conf=extra) as slurm:
            put_back_whole(home, slurm)


def put_back_whole(home, slurm):
    configured(home, slurm)
    script = home.path / "job.sh"
    script.write_text("#!/bin/sh\nexec sleep 9000\n")
    part = ("-p", "training", "--gres=gpu:8", "-t", "60")
    slurm.run("sbatch", "-o", "/dev/null", *part, "-N1", "-J", "actor", ":", *part, "-N1", "-J", "critic", script)
    slurm.until(lambda: slurm.run("squeue", "-h", "-t", "R").count("\n") == 2, "both parts run")
    told = run("move", "--to", "inference", "--nodes", 1, "--requeue", "--confirm", "actor", home=home).stdout
    # One node of the one part goes, and both are lost.
    check("puts job 1+0 actor of root back" in told and "puts job 1+1 critic of root back" in told, told)
    check(slurm.run("squeue", "-h", "-o", "%i %T").split() == ["1+0", "PENDING", "1+1", "PENDING"], "both wait again")
    moved(slurm, "node001")
    verified(home)


def test_a_job_that_began_after_the_plan_is_not_lost_with_those_that_it_names():
    with Home() as home, cluster(home) as slurm:
        configured(home, slurm, more=", checkpoint_grace: 1, checkpoint_signal: CONT")
        slurm.submit("-p", "training", "-N10", "--gres=gpu:4", "-J", "pretrain", "--requeue", "-t", "60")
        slurm.until(lambda: state(slurm, "node001") != "IDLE", "the job runs")
        waiting = slurm.submit("-p", "inference", "-N7", "--gres=gpu:8")
        pinned = slurm.submit("-p", "training", "-w", "node001", "--gres=gpu:8")
        with Session(home=home, size="120x40") as screen:
            screen.expect("Allocation sum 16", "node001  TRAINING").watch(7).key(">").expect("b requeue").key("b")
            screen.expect("pretrain of root back into the queue, on all its 10 nodes", "since its start at most",
                          f"job {pinned} of root asks for node001 by name (-w)", "of 1 pending job in inference would fit")
            late = slurm.submit("-p", "training", "-w", "node001", "--gres=gpu:2", "-J", "late", "--requeue", "--nice=0")
            slurm.run("scontrol", "hold", pinned)
            slurm.until(lambda: late in slurm.run("squeue", "-h", "-t", "R", "-o", "%i").split(), "it runs", within=60)
            screen.key("Tab").type("pretrain").key("Enter")
            said = "of root on node001"
            screen.until(lambda _: any(f"job {late} {said}" in r["text"] and "in the plan: plan again" in r["text"]
                                       for r in home.audit("rig")), "it is said", within=60)
            screen.until(lambda _: ending(home, "d-2") == "failed" or any(r["kind"] == "refused" for r in home.audit("rig")),
                         "nothing goes on")
            slurm.until(lambda: "DRAIN" not in state(slurm, "node001"), "the node is back")
            check(sorted(slurm.run("squeue", "-h", "-t", "R", "-o", "%j").split()) == ["late", "pretrain"], "both run on")
            check(waiting in slurm.run("squeue", "-h", "-t", "PD", "-o", "%i").split(), "that waits")
            screen.key("Esc", "Esc", "Esc").main().quit()
        verified(home)


def cut_and_taken_up(home, step, way, *flags):
    """Kills a move at a step of its, and has the next process end it: on to its end, or back."""
    # With the journal's word for the step on the disk, at any moment of it.
    with Session("move", "--to", "inference/inference", "--nodes", "1", *flags, home=home) as mover:
        mover.until(lambda _: step in steps(home), f"{step} is in the journal", within=30)
        os.kill(mover.program.pid, 9)
        # It may be on its way to the disk.
        mover.ends(None)
    with Session(home=home, size="120x40") as screen:
        screen.expect("HOLD", "was cut by the end of its process", within=30)
        if way == "back":
            screen.key("M").expect("d-1").key("A").expect("abort").key("y").key("Esc").main()
        screen.key("H").key("y")
        screen.until(lambda _: ending(home) in ("done", "aborted"), f"{step}, {way}: it ends", within=60)
        screen.expect("MOVING none").quit()


def test_killed_at_every_step_a_move_is_taken_up_and_goes_on_or_back_as_a_person_says():
    for step in ("cordon", "drain", "load", "serve"):
        for way in ("on", "back"):
            with Home() as home, cluster(home) as slurm:
                configured(home, slurm)
                cut_and_taken_up(home, step, way, "--yes")
                if ending(home) == "done":
                    check(way == "on" or step == "serve", f"{step} {way}")
                    moved(slurm, "node001")
                else:
                    check(way == "back", f"{step} {way}: aborted")
                    untouched(slurm)
                verified(home)


def test_killed_at_loss_a_move_loses_no_job_that_it_may_keep_and_ends_as_a_person_says():
    for step in ("checkpoint", "release"):
        for way in ("on", "back"):
            with Home() as home, cluster(home) as slurm:
                configured(home, slurm, more=", checkpoint_grace: 2, checkpoint_signal: CONT")
                job = slurm.submit("-p", "training", "-N10", "--gres=gpu:8", "-J", "pretrain", "--requeue", "-t", "60")
                slurm.until(lambda: state(slurm, "node001") != "IDLE", "the job runs")
                cut_and_taken_up(home, step, way, "--requeue", "--confirm", "pretrain")
                if step == "checkpoint" and way == "back":
                    check(ending(home) == "aborted", f"{step} {way}: {ending(home)}")
                    untouched(slurm)
                    check(slurm.run("squeue", "-h", "-t", "R", "-o", "%i").split() == [job], "it still runs")
                else:
                    check(ending(home) == "done", f"{step} {way}: {ending(home)}")
                    moved(slurm, "node001")
                    check(slurm.run("squeue", "-h", "-t", "PD,CF,R", "-o", "%i").split() == [job], "it is in the queue, once")
                verified(home)


def test_an_abort_outlives_a_kill_and_who_may_only_look_sees_what_was_left_open():
    with Home() as home, cluster(home) as slurm:
        configured(home, slurm)
        slurm.submit("-p", "training", "-N10", "--gres=gpu:8")
        slurm.until(lambda: state(slurm, "node001") != "IDLE", "the job runs")
        with Session(home=home, size="120x40") as screen:
            screen.expect("Allocation sum 16", "node001  TRAINING").key(">").expect("PLAN", "TAKES").key("y")
            screen.until(lambda _: steps(home)[-1:] == ["drain"], "it waits")
            screen.key("Esc").main().key("H").expect("HOLD").key("M").expect("d-1").key("A").expect("abort").key("y")
            screen.until(lambda _: any(r["details"].get("command") == "abort d-1" and r["kind"] == "accepted"
                                       for r in home.audit("rig")), "the abort is accepted")
            os.kill(screen.program.pid, 9)
            screen.ends(None)
        check(any("DRAIN" in state(slurm, f"node{n:03}") for n in range(1, 11)), "HOLD kept it from going back")
        configured(home, slurm, enabled="false")
        with Session(home=home, size="120x40") as screen:
            screen.expect("Allocation sum 16", "was cut by the end of its process").key("M")
            screen.expect("LEFT OPEN", "nobody drives it while this plant is only observed").key("Esc").main().quit()
        configured(home, slurm)
        with Session(home=home, size="120x40") as screen:
            screen.expect("HOLD", "was cut by the end of its process")
            screen.key("H").key("y")
            screen.until(lambda _: ending(home) == "aborted", "it goes back, and not on")
            screen.quit()
        check("it is going back" in [r for r in home.audit("rig") if r["kind"] == "held"][-1]["text"], "the reason of HOLD")
        untouched(slurm)
        verified(home)


def test_a_controller_that_is_stopped_frozen_or_restarted_in_the_middle_loses_and_doubles_nothing():
    with Home() as home, cluster(home) as slurm:
        configured(home, slurm)
        job = slurm.submit("-p", "training", "-N10", "--gres=gpu:8")
        slurm.until(lambda: state(slurm, "node001") != "IDLE", "the job runs")
        with Daemon(home) as daemon, Session("attach", home=home, size="120x40") as screen:
            screen.expect("Allocation sum 16", "node001  TRAINING").key(">").expect("PLAN", "TAKES").key("y")
            screen.until(lambda _: steps(home)[-1:] == ["drain"], "it waits")
            # Slurm itself keeps a drain within 5 s: what it had not kept a crash takes back.
            screen.watch(6)
            slurm.freeze()
            time.sleep(4)
            check(ending(home) is None, "frozen: nothing is decided")
            # Whoever is asking now is cut off in the middle of it.
            slurm.cut()
            slurm.run("scancel", job)
            screen.until(lambda _: ending(home) == "done", "it goes on", within=60)
            screen.key("Esc").main().key(">").expect("PLAN", "TAKES").key("y")
            screen.until(lambda _: len(steps(home, "d-2")) >= 1, "d-2 begins")
            slurm.rig("stop", "ctld")
            time.sleep(3)
            slurm.rig("start", "ctld")
            screen.until(lambda _: ending(home, "d-2") in ("done", "failed"), "d-2 ends", within=90)
            screen.key("Esc").main().quit()
        check(not any("DRAIN" in state(slurm, f"node{n:03}") for n in range(1, 17)), "nothing is left drained")
        verified(home)


def test_whoever_lacks_the_right_is_told_which_and_a_busy_node_is_freed_by_command():
    with Home() as home, cluster(home) as slurm:
        configured(home, slurm, more=", checkpoint_grace: 0, checkpoint_signal: CONT")
        slurm.submit("-p", "training", "-N10", "--gres=gpu:8", "-J", "pretrain", "--requeue")
        slurm.until(lambda: state(slurm, "node001") != "IDLE", "the job runs")
        move = ("move", "--backend", "slurm", "--to", "inference", "--requeue")
        told = run(*move, home=home, status=4)
        check("--confirm 'pretrain'" in told.stdout + told.stderr, told.stdout + told.stderr)
        run(*move, "--confirm", "pretrain", home=home)
        verified(home)
        # Everybody may look; writing is root's and SlurmUser's.
        for folder in (home.path, home.config, home.config / "tokenworks", home.state, slurm.folder, slurm.folder / "etc"):
            folder.chmod(0o755)
        mine = subprocess.run(
            ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups", str(BINARY), "status"],
            env=home.env(XDG_STATE_HOME="/nonexistent", TMPDIR="/tmp"), capture_output=True, text=True)
        check(mine.returncode == 0 and "nodes total             16" in mine.stdout, mine.stdout + mine.stderr)
        theirs = subprocess.run(
            ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups", str(BINARY), *move, "--dry-run"],
            env=home.env(XDG_STATE_HOME="/nonexistent", TMPDIR="/tmp"), capture_output=True, text=True)
        check(theirs.returncode == 0 and "nobody may not change Slurm's nodes and partitions: that needs root" in theirs.stdout,
              theirs.stdout + theirs.stderr)


def test_a_reconfigure_that_takes_a_move_back_is_said_and_nothing_is_done_about_it():
    with Home() as home, cluster(home) as slurm:
        configured(home, slurm)
        check("nothing that could differ" in run("drift", home=home).stdout, "before any move")
        run("move", "--to", "inference/inference", "--nodes", 1, "--yes", home=home)
        told = run("drift", home=home).stdout
        check("as tokenworks left them" in told and "PartitionName=training Nodes=node[002-010]" in told, told)
        with Session(home=home, size="160x40") as screen:
            screen.expect("Allocation sum 16").watch(3)
            slurm.run("scontrol", "reconfigure")
            screen.expect("lists are not as tokenworks left them", "training has got node001", within=20)
            screen.watch(2).quit()
        untouched(slurm)
        told = run("drift", home=home).stdout
        check("inference has lost node001" in told and "--adopt" in told, told)
        run("drift", "--adopt", home=home)
        check("as tokenworks left them" in run("drift", home=home).stdout, "adopted")
        # A node that a move has left, as after the loss of the audit: it is named, with the line that gives it back.
        kept = next((home.state / "tokenworks").rglob("slurm-*.json"))
        memory = json.loads(kept.read_text())
        mark = f"tokenworks:d-77 training->inference {memory['writer']}"
        slurm.run("scontrol", "update", "NodeName=node005", "State=DRAIN", f"Reason={mark}")
        told = run("drift", home=home).stdout
        check("node005 drained by d-77, training -> inference: that move is not under way" in told, told)
        # And where that file is lost as well: what stands in Slurm is still named.
        kept.rename(kept.with_suffix(".away"))
        lost = run("drift", home=home).stdout
        kept.with_suffix(".away").rename(kept)
        check(f"node005 drained by d-77, training -> inference: of a tokenworks ({memory['writer']})" in lost, lost)
        check("State=RESUME" not in lost and "nothing that could differ" in lost, lost)
        line = next(line.split() for line in told.splitlines() if "State=RESUME" in line)
        slurm.run(*line)
        check("d-77" not in run("drift", home=home).stdout, "given back")
        verified(home)
