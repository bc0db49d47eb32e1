# SPDX-License-Identifier: Apache-2.0
"""What plain commands do where a daemon has the plant, and where it should have it and is gone."""
import json

from harness import Home, Session, check, run
from test_attach import PLANT, Daemon, shown


def test_plain_commands_use_the_daemon_of_this_host_and_say_so():
    with Home() as home, Daemon(home, *PLANT) as daemon:
        with Session(home=home) as session:
            session.expect(f"On the plant of the daemon at unix:{daemon.socket}"[:110])
            shown(session)
            session.expect_re(r"^ SIM sim .* daemon  ?you ")
            check("dashboard" in run("who", home=home).stdout, "it is not attached")
            session.quit()
        done = run("status", "--json", home=home)
        check(f"daemon at unix:{daemon.socket}" in done.stderr, f"status does not say whose: {done.stderr!r}")
        report = json.loads(done.stdout)
        check(report["nodes"]["total"] == 32, f"not the daemon's plant: {report['nodes']}")
        check(json.loads(run("status", "--json", "--nodes", 5, home=home).stdout)["nodes"]["total"] == 5,
              "a plant of its own was asked for")


def test_a_move_by_command_is_the_daemons():
    with Home() as home, Daemon(home, "--nodes", 32, "--speed", 60, "--drill", "calm"):
        args = ("move", "--to", "inference/chat", "--from", "spare", "--nodes", 1)
        planned = run(*args, home=home, status=4)
        check("nothing was done" in planned.stderr and home.audit() == [], f"{planned.stderr!r}")
        done = run(*args, "--yes", home=home)
        check("d-1" in done.stdout and " done" in done.stdout, f"{done.stdout!r}")
        # Who acts while the helm is free takes it.
        check(home.kinds()[:3] == ["helm", "asked", "accepted"], f"{home.kinds()}")
        check(run("who", home=home).stdout.strip() == "nobody is attached", "it has not left")


def test_a_daemon_that_should_be_there_is_never_a_simulation():
    with Home() as home, Daemon(home, *PLANT) as daemon:
        check(daemon.stop() == 0, "no orderly end")
        for command in ((), ("status",), ("move", "--to", "training", "--dry-run")):
            done = run(*command, home=home, status=69)
            for words in (f"no daemon serves on {daemon.socket}", f"'tokenworks serve --socket {daemon.socket}'",
                          "'tokenworks --backend simulated'"):
                check(words in done.stderr, f"{command}: {words!r} is not in {done.stderr!r}")
            check(done.stdout == "", f"{command}: {done.stdout!r}")
        run("status", "--backend", "simulated", "--at", 10, home=home)
        home.write_config("daemon: false\n")
        run("status", home=home)
    with Home() as home:
        home.write_config(f"daemon: {{socket: {home.path}/own/x.sock}}\n")
        done = run("status", home=home, status=69)
        check("config.yaml names it" in done.stderr and "'tokenworks serve'" in done.stderr, f"{done.stderr!r}")
        with Session("--backend", "simulated", home=home) as session:
            session.started().quit()
