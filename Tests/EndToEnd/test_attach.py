# SPDX-License-Identifier: Apache-2.0
"""A daemon and those who attach to it: what they see is one plant, and nothing is lost when either side dies."""
import contextlib
import os
import re
import signal
import subprocess
import time

from harness import BINARY, PANELS, Home, Session, check, run, slow

PLANT = ("--nodes", "32", "--speed", "5")


class Daemon:
    """`tokenworks serve` without a terminal."""

    def __init__(self, home, *args):
        self.home = home
        self.args = [str(BINARY), "serve", *map(str, args)]
        self.start()

    def start(self):
        self.log = open(self.home.path / "serve.log", "wb")
        self.process = subprocess.Popen(
            self.args, env=self.home.env(), stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        until = time.monotonic() + 60
        while b"\ntokenworks serves" not in b"\n" + self.said():
            check(self.process.poll() is None, f"the daemon ended: {self.said().decode(errors='replace')}")
            check(time.monotonic() < until, "the daemon does not listen")
            time.sleep(0.05)

    @property
    def socket(self):
        return self.home.state / "tokenworks/run/tokenworks.sock"

    def said(self):
        return (self.home.path / "serve.log").read_bytes() or b"-"

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.process.wait(timeout=20)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        with contextlib.suppress(ProcessLookupError):
            self.kill()
        self.log.close()


def attached(home, *args, **options):
    return Session("attach", *args, home=home, **options)


def shown(session):
    session.expect(*PANELS)
    session.expect_re(r"^ SIM sim .*MANUAL")
    return session


def killed(session):
    """kill -9 of the client: no goodbye."""
    os.kill(session.program.pid, signal.SIGKILL)
    session.program.end()


@slow
def test_a_move_outlives_the_client_that_began_it():
    with Home() as home, Daemon(home, *PLANT):
        with attached(home) as session:
            shown(session)
            session.key("r").expect("PLAN", "TAKES")
            check(home.audit() == [], "looking and planning wrote into the audit")
            if "type the job that loses" in session.text():
                session.key("b")
            session.expect_re(r"\by\b")
            session.key("y")
            session.until(lambda _: "accepted" in home.kinds(), "the move is in the audit")
            killed(session)
        with attached(home) as session:
            shown(session)
            session.key("M")
            session.expect_re(r"d-1\b")
            session.key("Esc").main()
            session.quit()
        check(home.kinds().count("asked") == 1, f"asked more than once: {home.kinds()}")
        check("chain whole" in run("audit", "verify", home=home).stdout, "the audit does not verify")


@slow
def test_a_daemon_that_dies_is_said_and_found_again():
    with Home() as home, Daemon(home, *PLANT) as daemon, attached(home) as session:
        shown(session)
        daemon.kill()
        session.expect_re(r"LINK LOST \d+ s, data of \d\d:\d\d:\d\dZ", within=20)
        session.expect(*PANELS)  # the last picture stays
        session.key("r").expect("The link to the daemon is lost: plan again").key("Esc").main()
        session.key("H").expect("nothing can be sent until the link is back")
        session.expect_re(r"LINK LOST [3-9] s", within=20)
        daemon.start()
        session.gone("LINK LOST", within=40)
        session.expect_re(r"^ SIM sim .*MANUAL")
        session.key("r").expect("PLAN", "TAKES")
        session.key("Esc").main()
        session.quit()


def test_a_daemon_that_hangs_is_seen_before_the_link_is_lost():
    with Home() as home, Daemon(home, *PLANT) as daemon, attached(home) as session:
        shown(session).watch(5)  # until it is known how often pictures come
        daemon.process.send_signal(signal.SIGSTOP)
        try:
            session.key("H").expect_re(r"HOLD sent [1-3] s ago, no answer yet", within=5)
            session.expect_re(r"no news [3-8] s", within=5)
        finally:
            daemon.process.send_signal(signal.SIGCONT)
        session.gone("HOLD sent", within=10).gone("no news", within=10)
        session.expect_re(r"^ SIM sim .* HOLD ")
        session.quit()


def test_two_see_one_plant_and_one_may_only_look():
    with Home() as home, Daemon(home, *PLANT), attached(home) as one, attached(home, "--viewer") as two:
        shown(one)
        shown(two)
        # By the time they came, which two processes that start at once do not decide.
        who = sorted(run("who", home=home).stdout.splitlines(), key=lambda line: " viewer " in line)
        check(len(who) == 2 and " operator " in who[0] and " viewer " in who[1], f"who says {who}")
        check(str(one.program.pid) in who[0], f"not the kernel's word: {who}")
        two.key("r").expect("PLAN", "TAKES")  # looking at a plan changes nothing
        two.key("y").expect("viewer").key("Esc").main()
        two.key("H").expect("only an operator may act")
        one.key("H").expect_re(r"^ SIM sim .* HOLD ")
        two.expect_re(r"^ SIM sim .* HOLD ")
        one.key("H").expect("release HOLD").key("y").expect_re(r"^ SIM sim .* MANUAL ")
        two.expect_re(r"^ SIM sim .* MANUAL ")
        two.quit()
        one.quit()
        check(run("who", home=home).stdout.strip() == "nobody is attached", "who still lists them")


def test_a_node_is_opened_with_its_gpus_and_a_sort_has_its_numbers():
    with Home() as home, Daemon(home, *PLANT), attached(home) as session:
        shown(session)
        session.key("s").gone("worst first")
        session.key("j", "Enter").expect("NODE su01-n", "JOB", "TEMP", "POWER")
        session.until(
            lambda text: len(re.findall(r"^ \d +\[[#.]+\] .* W ", text, re.M)) == 8, "eight GPUs of the node")
        session.key("Esc").main().quit()


def test_it_ends_in_order_and_takes_its_socket_away():
    with Home() as home, Daemon(home, *PLANT) as daemon, attached(home) as session:
        shown(session)
        check(oct(daemon.socket.stat().st_mode & 0o777) == "0o660", "the socket's mode")
        check(oct(daemon.socket.parent.stat().st_mode & 0o777) == "0o750", "its folder's mode")
        second = run("serve", *PLANT, home=home, status=69)
        check("serves on" in second.stderr and "already" in second.stderr, f"a second daemon: {second.stderr!r}")
        check(daemon.stop() == 0, "SIGTERM is no orderly end")
        check(not daemon.socket.exists(), "the socket stays")
        session.expect("LINK LOST")
        session.quit()


def test_nobody_there_is_a_sentence_and_a_status():
    with Home() as home:
        for command in ("attach", "who"):
            done = run(command, home=home, status=69)
            check("start one with 'tokenworks serve'" in done.stderr, f"{command}: {done.stderr!r}")
        check("no address of a daemon" in run("attach", "http://x", home=home, status=64).stderr, "an address that is none")


def test_a_daemon_of_another_language_is_no_hang():
    with Home() as home:
        server = subprocess.Popen(
            ["python3", "-c",
             "import socket,sys;s=socket.socket(socket.AF_UNIX);s.bind(sys.argv[1]);s.listen();print('up',flush=True)\n"
             "while True:\n c,_=s.accept();c.sendall(b'HTTP/1.1 400 Bad Request\\r\\n'*400);c.recv(1<<16);c.close()",
             str(home.path / "x.sock")], stdout=subprocess.PIPE)
        try:
            server.stdout.readline()
            start = time.monotonic()
            done = run("who", f"unix:{home.path}/x.sock", home=home, status=69, timeout=30)
            check("no daemon answers" in done.stderr and "400 Bad Request" in done.stderr, f"{done.stderr!r}")
            check(time.monotonic() - start < 8, "it hung")
        finally:
            server.kill()
            server.wait()
