# SPDX-License-Identifier: Apache-2.0
"""The terminal is shown, resized, suspended and always given back."""
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time

from harness import BINARY, PANELS, ROOT, Home, Session, check, run, tui

READY = "".join(f"expect {panel}\n" for panel in PANELS) + "expect SIM\n"


def test_make_run_opens_the_dashboard_on_the_simulated_factory():
    with Home() as home:
        tui(READY + "key q\nexpect-exit 0\nrestored\nclean\n", home=home, program=["make", "--no-print-directory", "-C", str(ROOT), "run"],
            timeout=300, expect=240)


def test_every_panel_stays_at_80x24_and_at_200x50():
    with Home() as home:
        for size in ("80x24", "120x36", "200x50"):
            tui(READY + "key q\nexpect-exit 0\nrestored\nclean\n", home=home, size=size)


def test_small_and_changing_sizes_never_crash_it():
    with Home() as home:
        tui("expect SIM\nresize 80x24\nexpect Allocation\nresize 20x5\nresize 1x1\nresize 2x2\nresize 300x100\n"
            "expect Events\nresize 120x36\nexpect Tokens/s\nkey q\nexpect-exit 0\nrestored\nclean\n", home=home)
        tui("expect SIM\nkey q\nexpect-exit 0\nrestored\n", home=home, size="20x5")


def test_a_resize_storm_ends_in_the_last_size():
    storm = "".join(f"resize {60 + i % 90}x{16 + i % 30}\n" for i in range(60))
    with Home() as home:
        tui("expect Events\n" + storm + "resize 100x30\nexpect Events\nexpect '? help'\nkey q\nexpect-exit 0\nrestored\nclean\n",
            home=home)


def test_each_signal_ends_it_and_gives_the_terminal_back():
    with Home() as home:
        for name in ("INT", "TERM", "HUP", "QUIT"):
            number = getattr(signal, f"SIG{name}")
            tui(f"expect Events\nsignal {name}\nexpect-exit -{number} 2\nrestored\nclean\n", home=home)


def test_a_trap_gives_the_terminal_back_too():
    with Home() as home:
        for name in ("ILL", "SEGV", "ABRT"):
            tui(f"expect Events\nsignal {name}\nexpect-exit\nrestored\n", home=home,
                SWIFT_BACKTRACE="enable=no")


def test_control_c_ends_it():
    with Home() as home:
        tui("expect Events\nkey C-c\nexpect-exit\nrestored\nclean\n", home=home)


def test_suspend_and_back_by_a_shell():
    with Home() as home, Session(home=home, program=["bash", "--norc", "--noprofile", "-i"], PS1="ready ") as session:
        session.expect("ready").do("type", f"{BINARY}\r").expect("Events")
        session.key("C-z").expect("Stopped").do("mode", "off", 1049).do("cursor", "visible")
        session.do("type", "fg\r").expect("Allocation").key("q").gone("Allocation").do("mode", "off", 1049)
        session.do("type", "exit 7\r").ends(7).do("clean")


class Pty:
    """The binary on a pty of our own, for what tuishot cannot do: hanging up at a chosen moment."""

    def __init__(self, home, *args, ignore_hup=False, **env):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            if ignore_hup:
                signal.signal(signal.SIGHUP, signal.SIG_IGN)
            os.execve(str(BINARY), [str(BINARY), *args], home.env(TERM="xterm-256color", **env))
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))
        self.ended = False

    def read_until(self, text, seconds=20):
        seen, end = b"", time.monotonic() + seconds
        while text not in seen:
            check(time.monotonic() < end, f"{text!r} did not appear")
            if select.select([self.fd], [], [], 0.2)[0]:
                seen += os.read(self.fd, 65536)

    def ends_within(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if os.waitpid(self.pid, os.WNOHANG)[0]:
                self.ended = True
                return True
            time.sleep(0.01)
        return False

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        if not self.ended:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)


def test_a_lost_terminal_ends_it_within_a_second():
    for ignored in (False, True):
        with Home() as home, Pty(home, ignore_hup=ignored) as session:
            session.read_until(b"Events")
            os.close(session.fd)
            check(session.ends_within(1.5), f"it lives on after its terminal has gone (SIGHUP ignored: {ignored})")


def test_a_frozen_terminal_does_not_hold_a_signal_up():
    with Home() as home, Pty(home) as session:
        session.read_until(b"Events")
        # Nobody reads any more; resizes make it write until the pty is full.
        for step in range(40):
            fcntl.ioctl(session.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 40 + step % 2, 150 + step, 0, 0))
            time.sleep(0.02)
        os.kill(session.pid, signal.SIGTERM)
        check(session.ends_within(3), "a frozen terminal holds SIGTERM up")


QUERY, ANSWER = b"\x1b[5n", b"\x1b[0n"


class FarPty(Pty):
    """One that answers each query after a delay, as a terminal behind a link does. A delay of None: never."""

    def __init__(self, home, *args, delay):
        super().__init__(home, *args)
        self.delay, self.seen = delay, b""
        self.asked = []         # [when a query came, when it was answered]

    def watch(self, seconds):
        end = time.monotonic() + seconds
        while (now := time.monotonic()) < end:
            due = next((pair for pair in self.asked if pair[1] is None), None)
            if due and self.delay is not None and due[0] + self.delay <= now:
                os.write(self.fd, ANSWER)
                due[1] = now
            if not select.select([self.fd], [], [], 0.005)[0]:
                continue
            try:
                self.seen += os.read(self.fd, 65536)
            except OSError:
                return
            self.asked += [[time.monotonic(), None] for _ in range(self.seen.count(QUERY) - len(self.asked))]

    def shows_help(self, seconds):
        """Presses ?, and says whether the help is there in time."""
        before = len(self.seen)
        os.write(self.fd, b"?")
        self.watch(seconds)
        return b"KEYS" in self.seen[before:]


def test_a_slow_terminal_has_one_frame_on_its_way():
    """Speed 3600 has news at every poll; the next frame waits for the answer to the one before, and news for its turn."""
    with Home() as home, FarPty(home, "--speed", "3600", delay=0.4) as session:
        session.watch(6)
        asked = list(session.asked)
        check(5 <= len(asked) <= 9, f"{len(asked)} frames in 6 s at 0.4 s each way")
        # The first answer may be given up once: nobody knows yet that the terminal answers.
        for (_, before), (after, _) in zip(asked[2:], asked[3:]):
            check(before is not None and after >= before, "a frame was sent before the one before was seen")
        check(session.shows_help(1.5), "the help is not there 1.5 s after its key")
        for _ in range(2):
            os.write(session.fd, b"q")
            session.watch(1)
        check(session.ends_within(1), "q does not end it")


def test_a_terminal_that_never_answers_is_asked_three_times():
    with Home() as home, FarPty(home, "--speed", "3600", delay=None) as session:
        session.watch(4)
        check(len(session.asked) == 3, f"{len(session.asked)} queries to a terminal that does not answer")
        check(session.shows_help(0.5), "the help is not there half a second after its key")


def test_an_answer_does_not_end_up_in_the_shell():
    """The shell has the terminal back after q, and nothing stands in its line that nobody typed."""
    with Home() as home, Session(home=home, program=["bash", "--norc", "--noprofile", "-i"], PS1="ready ") as session:
        session.expect("ready").do("type", f"{BINARY} --speed 3600\r").expect("Events")
        session.key("q").expect("ready")
        session.do("type", "echo so:$((6*7)):far\r").expect("so:42:far")
        check("0n" not in session.text(), session.text())


def test_without_a_terminal_it_says_so():
    with Home() as home:
        done = run(home=home, status=2, TERM="xterm-256color")
        check("terminal" in done.stderr and "tokenworks status" in done.stderr, done.stderr)


def test_terminals_that_cannot_show_it_are_refused_with_a_sentence():
    with Home() as home:
        tui("expect 'tokenworks status'\nexpect-exit 2\nrestored\nclean\n", home=home, term="dumb")
        tui("expect 'tokenworks status'\nexpect-exit 2\nrestored\nclean\n", home=home,
            program=["env", "-u", "TERM", str(BINARY)])


def test_an_unknown_terminal_falls_back_and_says_so():
    with Home() as home, Session(home=home, term="xterm-nobodyknows") as session:
        session.expect(*PANELS).expect("xterm-nobodyknows").quit()


def test_a_missing_locale_does_not_blank_the_picture():
    with Home() as home:
        # Forwarded by ssh, not installed: the box lines must still be there.
        tui("expect Events\nexpect-re [─│┌]\nkey q\nexpect-exit 0\n", home=home, LANG="xx_YY.UTF-8")


def test_without_utf8_it_draws_in_ascii():
    with Home() as home:
        out = home.path / "screen.txt"
        tui(f"expect Events\ntext {out}\nkey q\nexpect-exit 0\nrestored\nclean\n", home=home, LANG="C", LC_ALL="C")
        check(out.read_text().isascii(), "a character beyond ASCII in the C locale")


def test_no_color_sends_no_colour():
    with Home() as home, Session(home=home, NO_COLOR="1") as session:
        session.started()
        coloured = [cell for row in session.program.screen.buf for cell in row if cell[1] is not None or cell[2] is not None]
        check(not coloured, f"{len(coloured)} coloured cells with NO_COLOR: {coloured[:3]}")
        session.quit()


def test_fewer_colours_stay_within_what_the_terminal_has():
    for term, flags, most in (
            ("xterm", (), 8), ("xterm-256color", ("--color", "16"), 16), ("xterm-256color", (), 256), ("vt220", (), 0)):
        with Home() as home, Session(*flags, home=home, term=term) as session:
            session.started()
            used = {colour for row in session.program.screen.buf for cell in row for colour in cell[1:3]} - {None}
            check(all(not isinstance(colour, tuple) and colour < most for colour in used), f"{term} {flags}: {used}")
            check(bool(used) == (most > 0), f"{term} {flags}: colours {used}")
            session.key("q").ends(0).do("restored")


def test_a_key_is_painted_in_few_writes():
    """Hundreds of small writes, which ncurses makes by itself, tear the picture on a slow link."""
    with Home() as home, Session("--nodes", "16", "--speed", "1", home=home) as session:
        session.started()
        before = session.program.reads
        session.key("?").expect("KEYS").text()
        check(session.program.reads - before <= 6, f"{session.program.reads - before} reads for one key")
        session.key("Esc").main().quit()
