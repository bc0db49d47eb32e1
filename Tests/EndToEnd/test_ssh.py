# SPDX-License-Identifier: Apache-2.0
"""Over a real sshd on loopback: `ssh -t` runs it and steers, and a cut line ends it within a second."""
import contextlib
import os
import shlex
import subprocess
import time

from harness import BINARY, SSH_RIG, Home, Session, check, processes, run
from test_operator import planned


@contextlib.contextmanager
def rig(home, *options):
    """A throw-away sshd; -> a call of its script."""
    env = {**os.environ, "SSH_RIG_DIR": str(home.path / "rig")}

    def call(*words):
        done = subprocess.run([str(SSH_RIG), *words], env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=90)
        check(done.returncode == 0, f"ssh-rig {words}: {done.stdout}{done.stderr}")

    call("up", *options)
    try:
        yield call
    finally:
        call("down")


def remote(home, *args):
    """ssh -t into the rig, running the binary in the test's home."""
    words = ["env", f"XDG_STATE_HOME={home.state}", f"XDG_CONFIG_HOME={home.config}", str(BINARY), *args]
    return [str(SSH_RIG), "ssh", "admin", "-tt", "rig", shlex.join(words)]


def attached(home, *args):
    return Session(home=home, program=remote(home, *args), SSH_RIG_DIR=str(home.path / "rig"))


def ours(home):
    """Processes of the binary that write into this test's home."""
    found = []
    for pid in processes(str(BINARY)):
        with contextlib.suppress(OSError):
            if f"XDG_STATE_HOME={home.state}".encode() in open(f"/proc/{pid}/environ", "rb").read().split(b"\0") \
                    and os.path.basename(os.readlink(f"/proc/{pid}/exe")) == BINARY.name:
                found.append(pid)
    return found


def gone(home, seconds):
    until = time.monotonic() + seconds
    while ours(home) and time.monotonic() < until:
        time.sleep(0.01)
    return not ours(home)


def test_ssh_runs_it_and_steers():
    with Home() as home, rig(home):
        with attached(home, "--nodes", "32", "--speed", "5") as session:
            session.started().key("r")
            planned(session).expect("y: move 1 node").key("y").expect_re(r"MOVING 1 .*d-1")
            session.do("resize", "80x24").expect("Allocation")
            session.key("q").expect("QUIT?").key("y").ends(0).given_back()
        check(home.kinds()[:2] == ["asked", "accepted"], str(home.kinds()))
        check(gone(home, 2), "a process stayed behind")
        run("audit", "verify", home=home)


def test_a_cut_line_ends_it_within_a_second():
    with Home() as home, rig(home) as call:
        for opened in ((), ("r",), ("?",)):
            with attached(home, "--nodes", "32", "--speed", "5") as session:
                session.started().key(*opened)
                check(len(ours(home)) == 1, f"running: {ours(home)}")
                pid = ours(home)[0]
                start = time.monotonic()
                call("drop")
                # The rig's own time to cut is in this number, so that a slow machine does not fail for it.
                cut = time.monotonic() - start
                check(gone(home, 1.0), f"it lives {1 + cut:.1f} s after the cut: {pid}")
                session.ends(None)
        check(gone(home, 0), "a process stayed behind")
        # What was left is whole, and the next one can write.
        with Session("--nodes", "32", home=home) as session:
            session.started().expect("  MANUAL  ").quit()


def test_a_cut_while_a_move_runs_is_in_the_audit():
    with Home() as home, rig(home) as call:
        with attached(home, "--nodes", "32", "--speed", "5") as session:
            session.started().key("r")
            planned(session).expect("y: move 1 node").key("y").expect_re(r"MOVING 1 .*d-1")
            call("drop")
            check(gone(home, 1.0), "it lives on")
            session.ends(None)
        with Session("--nodes", "32", home=home) as session:
            session.started().quit()
        check("interrupted" in home.kinds(), str(home.kinds()))
        check("interrupted" in run("moves", home=home).stdout, "`moves` does not say interrupted")
