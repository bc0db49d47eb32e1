# SPDX-License-Identifier: Apache-2.0
"""What every end-to-end test uses: the debug binary, a home of its own, a pty, a small HTTP server."""
import argparse
import contextlib
import gzip
import http.server
import itertools
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time

import tuishot

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("TOKENWORKS", ROOT / ".build/debug/tokenworks"))
SSH_RIG = ROOT / "Tests/EndToEnd/ssh-rig.sh"
SHARED = ROOT / os.environ.get("SHARED", "../shared")
PANELS = ("Nodes", "Queue", "Tokens/s", "Allocation", "Events")


class Failed(AssertionError):
    """A check that did not hold; the message is for the person who reads the log."""


def check(condition, message):
    if not condition:
        raise Failed(message)


def slow(test):
    """Marks a test that waits for a move: it starts first, so that the others run beside it."""
    test.slow = True
    return test


class Home:
    """A throw-away home: configuration and state folders that no other test sees."""

    def __init__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="tokenworks-test-"))
        self.config = self.path / "config"
        self.state = self.path / "state"
        (self.config / "tokenworks").mkdir(parents=True)
        self.state.mkdir()

    def env(self, **extra):
        """A fresh environment; None takes a variable away."""
        env = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "USER", "LOGNAME")}
        env.update(XDG_CONFIG_HOME=str(self.config), XDG_STATE_HOME=str(self.state), LANG="C.UTF-8")
        env.update({k: v for k, v in extra.items() if v is not None})
        for name, value in extra.items():
            if value is None:
                env.pop(name, None)
        return env

    def write_config(self, text):
        path = self.config / "tokenworks/config.yaml"
        path.write_text(text)
        return path

    def audit_file(self, plant="sim"):
        return self.state / f"tokenworks/audit-{plant}.jsonl"

    def audit(self, plant="sim"):
        path = self.audit_file(plant)
        # What follows the last line feed is being written at this moment.
        return [json.loads(line) for line in path.read_text().split("\n")[:-1]] if path.exists() else []

    def kinds(self, plant="sim", steps=False):
        """What was asked and answered, in order; the steps of moves only when asked for."""
        return [record["kind"] for record in self.audit(plant) if steps or record["kind"] != "step"]

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        shutil.rmtree(self.path, ignore_errors=True)


def run(*args, home, status=0, timeout=120, binary=BINARY, **env):
    """Runs the binary without a terminal; fails unless it ends with `status` in time."""
    done = subprocess.run(
        [str(binary), *map(str, args)], env=home.env(**env), stdin=subprocess.DEVNULL, capture_output=True,
        text=True, errors="replace", timeout=timeout)
    if status is not None:
        check(done.returncode == status,
              f"{' '.join(map(str, args))}: ended with {done.returncode}, not {status}\n"
              f"stdout: {done.stdout[-2000:]}\nstderr: {done.stderr[-2000:]}")
    return done


class Child(tuishot.Program):
    """The program on its pty, ended with everything in its session; other children of the test live on."""

    def end(self, keep_daemons=False):
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1
        for number, patience in ((signal.SIGHUP, 1), (signal.SIGKILL, 5)):
            until = time.monotonic() + patience
            for pid in self.members():
                with contextlib.suppress(OSError):
                    os.kill(pid, number)
                    os.kill(pid, signal.SIGCONT)
            while self.members() and time.monotonic() < until:
                self.poll()
                time.sleep(0.01)
        self.poll()

    def members(self):
        """Living processes of the program's session."""
        pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
        return [pid for pid in pids if self.sid(pid) == self.pid and self.state(pid) not in ("Z", "")]


class Session:
    """The dashboard in a pty, with fingers and eyes: keys at a finger's pace, and waiting for what must appear."""

    # Over the program's own limit (0.1 s) for the same key again: what is faster is a key held down.
    PACE = 0.13

    def __init__(self, *args, home, size="120x36", term="xterm-256color", program=None, timeout=240, expect=40, **env):
        self.home = home
        self.options = argparse.Namespace(
            timeout=timeout, expect_timeout=expect, key_delay=0, term=term, update=False, font=None, font_size=16,
            theme="dark")
        self.pressed = 0.0
        columns, rows = tuishot.geometry(size)
        environment = home.env(**({} if term is None else {"TERM": term}), **env)
        self.program = Child([*(program or [str(BINARY)]), *map(str, args)], columns, rows, environment)
        self.runner = tuishot.Runner(self.program, argparse.Namespace(**{**vars(self.options), "term": term or "dumb"}))

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.program.end()

    def do(self, *words):
        """One command of tuishot; a failure shows the screen."""
        try:
            self.runner.command([str(word) for word in words])
        except tuishot.Fail as problem:
            raise Failed(f"{words}: {problem}\n--- the screen was:\n{self.text()}\n---") from None
        return self

    def script(self, text):
        for _, words in tuishot.parse(text, "script"):
            if words[0] == "key":
                self.key(*words[1:])
            else:
                self.do(*words)
        return self

    def key(self, *names):
        for name in names:
            self.runner.run_for(max(0, self.pressed + self.PACE - time.monotonic()))
            self.do("key", name)
            self.pressed = time.monotonic()
        return self

    def type(self, text):
        return self.key(*("Space" if letter == " " else letter for letter in text))

    def expect(self, *texts, within=None):
        for text in texts:
            self.do("expect", text, *([within] if within else []))
        return self

    def expect_re(self, pattern, within=None):
        """Waits for the pattern, and gives its match."""
        self.do("expect-re", pattern, *([within] if within else []))
        return re.search(pattern, self.program.screen.text(), re.M)

    def gone(self, text, within=None):
        return self.do("expect-gone", text, *([within] if within else []))

    def until(self, condition, what, within=40):
        """Waits until `condition(text of the screen)` holds, and gives what it gave."""
        found = []

        def holds():
            found[:] = [condition(self.program.screen.text())]
            return found[0]

        try:
            self.runner.until(holds, within, what)
        except tuishot.Fail as problem:
            raise Failed(f"{problem}\n--- the screen was:\n{self.text()}\n---") from None
        return found[0]

    def started(self):
        """The dashboard with its past: what it shows before that is still on its way."""
        self.expect(*PANELS)
        self.expect_re(r"^ SIM .*(00:[3-5]|0[1-9]:)\d:?\d")
        return self

    def main(self):
        """Back on the main screen."""
        return self.expect("Allocation sum")

    def watch(self, seconds):
        """Lets it run, for what must not happen meanwhile."""
        self.runner.run_for(seconds)
        return self

    def text(self):
        """The screen when nothing more is on its way."""
        while self.program.fd >= 0 and self.program.pump(0.03):
            pass
        return self.program.screen.text()

    def line(self, word):
        """The first line with this word; empty without one."""
        return next((line for line in self.text().splitlines() if word in line), "")

    def ends(self, status=0, within=None):
        return self.do("expect-exit", *([] if status is None else [status]), *([within] if within else []))

    def given_back(self):
        """Nothing of it stays in the terminal, and nothing hostile ever reached it."""
        return self.do("restored").do("clean")

    def quit_from_node(self):
        return self.key("Esc").main().quit()

    def quit(self):
        """The audit has the end of a move a moment before the picture: where q still asks, it is pressed again."""
        self.key("q").watch(0.3)
        if "QUIT?" in self.text():
            self.key("Esc").gone("QUIT?").watch(2).key("q")
        return self.ends(0).given_back()


def tui(script, *args, home, **options):
    """Drives the dashboard with a tuishot script."""
    with Session(*args, home=home, **options) as session:
        session.script(script)


@contextlib.contextmanager
def serve(routes):
    """An HTTP server on a free loopback port; `routes` maps a path to bytes or to a function of the request."""

    class Answer(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            route = routes.get(self.path)
            if callable(route):
                route(self)
                return
            body = route if route is not None else b"not found\n"
            self.send_response(200 if route is not None else 404)
            self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    class Server(http.server.ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request, client_address):
            pass  # a client that hangs up is what some tests are about

    server = Server(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def fixture(path):
    """The text of a recorded reply under Tests/Fixtures, unpacked when it is packed."""
    raw = (ROOT / "Tests/Fixtures" / path).read_bytes()
    return gzip.decompress(raw) if path.endswith(".gz") else raw


def pages(*bodies):
    """A route that answers with the pages in turn, and stays with the last."""
    turn = itertools.count()

    def answer(request):
        body = bodies[min(next(turn), len(bodies) - 1)]
        request.send_response(200)
        request.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return answer


def samples(page):
    """(name, labels as text) -> value, by a pass as simple as possible: what the tests recompute numbers with."""
    found = {}
    for line in page.decode().splitlines():
        match = re.match(r'([a-zA-Z_:][\w:]*)(\{.*\})?\s+(\S+)', line)
        if match and not line.startswith("#"):
            found[(match[1], match[2] or "")] = float(match[3])
    return found


def total(page, name, *labels):
    """The sum of a metric's series whose labels contain all of these texts."""
    return sum(v for (n, l), v in samples(page).items() if n == name and all(label in l for label in labels))


def processes(word):
    """Living processes whose command line contains the word."""
    found = []
    for name in os.listdir("/proc"):
        with contextlib.suppress(OSError):
            if name.isdigit() and word.encode() in pathlib.Path(f"/proc/{name}/cmdline").read_bytes():
                if pathlib.Path(f"/proc/{name}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z":
                    found.append(int(name))
    return [pid for pid in found if pid != os.getpid()]
