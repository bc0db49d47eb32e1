# SPDX-License-Identifier: Apache-2.0
"""Debian 13's Slurm, two years newer than Debian 12's: read by commands and by each of its schemas, and moved."""
import http.client
import json
import socket

from debian13 import SYSTEM, newer_cluster
from harness import Home, check, fixture, run
from test_slurm_moves import RAILS, verified


def configured(home, slurm, more=""):
    home.write_config(
        f"plant: rig\nsources:\n- slurm: {{conf: {slurm.conf}, bin: {slurm.commands}, interval: 2{more}}}\ncontrol:\n"
        f"- slurm: {{enabled: true, training: [training], inference: [inference]}}\n{RAILS}")


def status(home):
    return json.loads(run("status", "--json", home=home).stdout)


def ask(path, place):
    """One request over the Unix socket of slurmrestd."""
    connection = http.client.HTTPConnection("localhost", timeout=20)
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.settimeout(20)
    connection.sock.connect(str(place))
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    check(answer.status == 200, f"{path}: HTTP {answer.status} {body[:300]}")
    return json.loads(body)


def keys(reply, kind):
    """The names that the things of a reply have."""
    things = reply["statistics"] if kind == "diag" else reply[kind][0]
    return set(things)


def test_every_schema_of_its_slurmrestd_says_what_its_commands_say_and_is_as_it_was_recorded():
    for number in (40, 41, 42):
        with Home() as home, newer_cluster(home, schema=f"v0.0.{number}") as slurm:
            slurm.run("scontrol", "update", "NodeName=node004", "State=DRAIN", "Reason=bad fan [x] State=FOO")
            slurm.submit("-p", "training", "-N1", "--gres=gpu:8", "-J", "pretrain", "-t", "60")
            slurm.submit("-p", "training", "--array=1-9", "-N2", "--gres=gpu:8")
            slurm.run("scontrol", "create", "reservation", "ReservationName=maint1", "StartTime=now", "Duration=60",
                      "Nodes=node003", "Users=root", "Flags=MAINT,IGNORE_JOBS")
            slurm.until(lambda: "R" in slurm.run("squeue", "-h", "-o", "%t"), "a job runs")
            configured(home, slurm)
            plain = status(home)
            check(plain["nodes"]["total"] == 4 and plain["queue"]["training_pending"] == 9, plain)
            place = slurm.rest()[0]
            configured(home, slurm, more=f", rest: {{socket: {place}}}")
            told = run("doctor", home=home).stdout
            through = status(home)
            for part in ("nodes", "queue", "allocation"):
                # Looks are counted, and one of two may have found it changed.
                for report in (plain, through):
                    report[part].pop("revision", None)
                check(through[part] == plain[part], f"v0.0.{number}, {part}: {through[part]}, by commands {plain[part]}")
            check("was not tried with" not in told, told)
            for kind in ("nodes", "partitions", "reservations", "diag"):
                reply = ask(f"/slurm/v0.0.{number}/{kind}/", place)
                kept = SYSTEM.parent / f"recorded/v0.0.{number}/{kind}.json"
                kept.parent.mkdir(parents=True, exist_ok=True)
                kept.write_text(json.dumps(reply, indent=1))
                old = json.loads(fixture(f"slurm-24.11.5/v0.0.{number}/{kind}.json"))
                check(keys(reply, kind) == keys(old, kind), f"v0.0.{number}/{kind}: {keys(reply, kind) ^ keys(old, kind)}")


def test_a_node_is_moved_there_and_back_by_adding_to_the_lists_instead_of_replacing_them():
    with Home() as home, newer_cluster(home, nodes=6) as slurm:
        configured(home, slurm)
        for name in ("inference", "training"):
            before = slurm.members(name)
            run("move", "--to", name, "--nodes", 1, "--yes", home=home)
            asked = (slurm.commands / "asked").read_text()
            check(f"PartitionName={name} Nodes+=node" in asked and " Nodes=node" not in asked, asked)
            check(len(slurm.members(name)) == len(before) + 1, f"{name}: {slurm.members(name)}")
        check(slurm.members("training") | slurm.members("inference") == {f"node{n:03}" for n in range(1, 7)}, "all are there")
        check("drain" not in slurm.run("sinfo", "-h", "-N", "-o", "%T"), "nothing is left drained")
        verified(home)
