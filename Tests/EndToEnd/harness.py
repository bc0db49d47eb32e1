# SPDX-License-Identifier: Apache-2.0
"""What every end-to-end test uses: the debug binary, a home of its own, a pty through tuishot, a small HTTP server."""
import contextlib
import gzip
import http.server
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("TOKENWORKS", ROOT / ".build/debug/tokenworks"))
TUISHOT = ROOT / "Tests/EndToEnd/tuishot.py"
SSH_RIG = ROOT / "Tests/EndToEnd/ssh-rig.sh"
SHARED = ROOT.parent / "shared"


class Failed(AssertionError):
    """A check that did not hold; the message is for the person who reads the log."""


def check(condition, message):
    if not condition:
        raise Failed(message)


class Home:
    """A throw-away home: configuration and state folders that no other test sees."""

    def __init__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="tokenworks-test-"))
        self.config = self.path / "config"
        self.state = self.path / "state"
        (self.config / "tokenworks").mkdir(parents=True)
        self.state.mkdir()

    def env(self, **extra):
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

    def audit(self, plant="sim"):
        path = self.state / "tokenworks" / plant / "audit.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

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


def tui(script, *args, home, size="120x36", term="xterm-256color", timeout=120, program=None, expect=20, **env):
    """Drives the dashboard in a pty with a tuishot script; fails with the last screen when a line of it does."""
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder) / "script.tui"
        source.write_text(script)
        command = [
            sys.executable, str(TUISHOT), "-g", size, "-t", term, "--timeout", str(timeout),
            "--expect-timeout", str(expect), "--on-fail", f"{folder}/fail", "-s", str(source), "--",
            *(program or [str(BINARY)]), *map(str, args)]
        environment = home.env(**env)
        # tuishot itself needs a UTF-8 locale whatever the program under test gets.
        done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              errors="replace", timeout=timeout + 30)
        if done.returncode != 0:
            screen = "".join(p.read_text(errors="replace") for p in sorted(pathlib.Path(folder).glob("fail*.txt")))
            raise Failed(f"tuishot ended with {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}\n{screen}")
        return done.stdout


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


def samples(page):
    """Name and labels -> value, by a pass as simple as possible: what the tests recompute numbers with."""
    found = {}
    for line in page.decode().splitlines():
        match = re.match(r'([a-zA-Z_:][\w:]*)(\{.*\})?\s+(\S+)', line)
        if match and not line.startswith("#"):
            found[(match[1], match[2] or "")] = float(match[3])
    return found
