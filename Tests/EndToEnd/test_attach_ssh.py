# SPDX-License-Identifier: Apache-2.0
"""`attach ssh://` through Debian's own sshd on loopback: steer, cut, freeze, and leave nothing behind."""
import os
import signal
import time

from harness import BINARY, SSH_RIG, Home, Session, check, processes, run
from test_attach import PLANT, Daemon, shown
from test_ssh import rig


def far(home, daemon, call):
    """A key that may do one thing: reach the daemon. -> the options of a session that uses it."""
    call("cmd", "operator", f"exec {BINARY} dial-stdio --socket {daemon.socket}")
    ssh = home.path / "ssh"
    ssh.write_text(f'#!/bin/sh\nexec "{SSH_RIG}" ssh operator "$@"\n')
    ssh.chmod(0o700)
    return {"TOKENWORKS_SSH": str(ssh), "SSH_RIG_DIR": str(home.path / "rig")}


def bridges(home):
    """Bridges to this test's daemon."""
    return [pid for pid in processes(f"--socket {home.state}".replace(" ", "\0"))]


def until(condition, what, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        check(time.monotonic() < end, f"not within {seconds} s: {what}")
        time.sleep(0.05)


def test_it_steers_over_ssh_and_leaves_nothing_behind():
    with Home() as home, rig(home) as call, Daemon(home, *PLANT) as daemon:
        with Session("attach", "ssh://rig", home=home, **far(home, daemon, call)) as session:
            shown(session)
            check(len(bridges(home)) == 1, f"bridges: {bridges(home)}")
            who = run("who", home=home).stdout
            check(f"pid {bridges(home)[0]}" in who, f"the kernel sees another: {who}")
            session.key("r").expect("PLAN", "TAKES", "y: move 1 node").key("y")
            session.until(lambda _: "accepted" in home.kinds(), "the move is in the audit")
            session.key("q").ends(0).given_back()
        until(lambda: not bridges(home), "the bridge is gone")
        until(lambda: not processes(str(home.path / "ssh")), "ssh is gone")


def test_a_cut_link_is_found_again_and_a_frozen_one_is_said():
    with Home() as home, rig(home) as call, Daemon(home, *PLANT) as daemon:
        with Session("attach", "ssh://rig", home=home, **far(home, daemon, call)) as session:
            shown(session)
            call("drop")
            session.expect_re(r"LINK LOST \d+ s, data of", within=20)
            session.gone("LINK LOST", within=40)
            shown(session)
            call("freeze")
            session.expect_re(r"LINK LOST \d+ s, data of", within=40)
            call("thaw")
            session.gone("LINK LOST", within=60)
            session.quit()
        until(lambda: not bridges(home), "the bridges are gone", 40)


def test_a_killed_client_leaves_no_bridge():
    with Home() as home, rig(home) as call, Daemon(home, *PLANT) as daemon:
        with Session("attach", "ssh://rig", home=home, **far(home, daemon, call)) as session:
            shown(session)
            os.kill(session.program.pid, signal.SIGKILL)
            until(lambda: not bridges(home), "the bridge is gone")
            check(run("who", home=home).stdout.strip() == "nobody is attached", "who still lists it")


def test_the_whole_dashboard_runs_on_the_other_host():
    with Home() as home, rig(home) as call, Daemon(home, *PLANT) as daemon:
        options = far(home, daemon, call)
        asked = home.path / "asked"
        call("cmd", "operator", f'echo "$SSH_ORIGINAL_COMMAND" >"{asked}"; LANG=C.UTF-8 exec {BINARY} attach unix:{daemon.socket}')
        with Session("attach", "--on", "rig", "--viewer", "--theme", "light", f"unix:{daemon.socket}", home=home,
                     **options) as session:
            shown(session)
            check(asked.read_text().strip() == f"tokenworks 'attach' '--viewer' '--theme' 'light' 'unix:{daemon.socket}'",
                  f"asked for {asked.read_text()!r}")
            who = run("who", home=home).stdout
            check(str(session.program.pid) not in who and " attach" in who, f"the dashboard is not over there: {who}")
            session.key("q").ends(0)
        call("cmd", "operator", "exit 69")
        run("attach", "--on", "rig", home=home, status=69, **options)
        for host in ("-oProxyCommand=touch", "a b", ""):
            done = run("attach", "--on=" + host, home=home, status=64, **options)
            check("--on" in done.stderr, f"{host}: {done.stderr!r}")


def test_what_ssh_says_is_passed_on():
    with Home() as home, rig(home) as call, Daemon(home, *PLANT) as daemon:
        options = far(home, daemon, call)
        call("cmd", "operator", "echo 'no tokenworks here' >&2; exit 127")
        done = run("who", "ssh://rig", home=home, status=69, **options)
        check("no tokenworks here" in done.stderr and "ssh reached rig, but there is no 'tokenworks' there" in done.stderr,
              f"{done.stderr!r}")
        call("cmd", "operator", "printf 'no \\033[31mred\\007 way\\n' >&2; exit 255")
        done = run("who", "ssh://rig", home=home, status=69, **options)
        check("ssh has failed: no [31mred way; try 'ssh rig'" in done.stderr, f"{done.stderr!r}")
        call("cmd", "operator", f"exec {BINARY} dial-stdio --socket {daemon.socket}")
        done = run("who", "ssh://rig", home=home, TOKENWORKS_FAR="/opt/x y/tokenworks", **options)
        check("attached" in done.stdout, f"{done.stdout!r}")
        call("cmd", "operator", 'echo "$SSH_ORIGINAL_COMMAND" >&2; exit 1')
        done = run("who", "ssh://rig", home=home, status=69, **{**options, "TOKENWORKS_FAR": "/opt/x y/tokenworks"})
        check("on rig: '/opt/x y/tokenworks' dial-stdio" in done.stderr, f"{done.stderr!r}")
        done = run("who", "ssh://-oProxyCommand=touch", home=home, status=64)
        check("may begin with '-'" in done.stderr, f"{done.stderr!r}")
