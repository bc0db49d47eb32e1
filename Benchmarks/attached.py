# SPDX-License-Identifier: Apache-2.0
"""A daemon and its clients: what crosses each socket, when the first picture is there, and what both cost."""
import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import zlib

from watched import Watched, quantile

TESTS = pathlib.Path(__file__).resolve().parents[1] / "Tests/EndToEnd"
SIZE = (120, 36)


class Daemon:
    """`tokenworks serve` in a home of its own."""

    def __init__(self, binary, *args):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="tw-", dir="/tmp"))
        self.env = {"PATH": os.environ["PATH"], "HOME": str(self.home), "LANG": "C.UTF-8",
                    "XDG_CONFIG_HOME": f"{self.home}/config", "XDG_STATE_HOME": f"{self.home}/state"}
        self.socket = self.home / "state/tokenworks/run/tokenworks.sock"
        self.process = subprocess.Popen(
            [binary, "serve", *args], env=self.env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for line in self.process.stdout:
            if line.startswith("tokenworks serves"):
                break
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def cpu(self):
        return time.clock_gettime((~self.process.pid) << 3 | 2)

    def memory(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) * 1024 / 1e6
        return 0.0

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(10)
        self.process.kill()
        shutil.rmtree(self.home, ignore_errors=True)


class Counter:
    """A socket before the daemon's that counts what goes to a client, as it is and as `ssh -C` would pack it."""

    def __init__(self, daemon, name):
        self.path = daemon.home / f"{name}.sock"
        self.raw = self.packed = 0
        self.to = str(daemon.socket)
        self.door = socket.socket(socket.AF_UNIX)
        self.door.bind(str(self.path))
        self.door.listen()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        near, _ = self.door.accept()
        far = socket.socket(socket.AF_UNIX)
        far.connect(self.to)
        packer = zlib.compressobj(6)

        def pump(source, sink, counts):
            while data := source.recv(65536):
                if counts:
                    self.raw += len(data)
                    self.packed += len(packer.compress(data)) + len(packer.flush(zlib.Z_SYNC_FLUSH))
                sink.sendall(data)
            with contextlib.suppress(OSError):
                sink.shutdown(socket.SHUT_WR)

        threading.Thread(target=pump, args=(near, far, False), daemon=True).start()
        with contextlib.suppress(OSError):
            pump(far, near, True)


def measure(table, binary, has_snapshot, seconds, tries):
    """10,000 nodes at 1 Hz, three clients."""
    for label, flags in (("speed 30", ()), ("speed 600", ("--speed", "600"))):
        with Daemon(binary, "--seed", "1", "--nodes", "10000", *flags) as daemon:
            if not flags:
                times = []
                for _ in range(tries):
                    with Watched([binary, "attach", f"unix:{daemon.socket}"], SIZE) as client:
                        times.append((client.wait(has_snapshot) - client.started) * 1000)
                table.add("attach to first full picture, 10,000 nodes", quantile(times, 0.5), "ms", limit=300)
            counters = [Counter(daemon, f"c{number}") for number in range(3)]
            clients = [Watched([binary, "attach", f"unix:{counter.path}"], SIZE) for counter in counters]
            try:
                for client in clients:
                    client.wait(has_snapshot)
                for client in clients:
                    client.watch(3)
                begin = [(counter.raw, counter.packed) for counter in counters]
                cpu = daemon.cpu()
                own = [client.cpu() for client in clients]
                until = time.monotonic() + seconds
                start = time.monotonic()
                # In turns: a client whose terminal is not read would wait for it.
                while time.monotonic() < until:
                    for client in clients:
                        client.watch(0.02)
                        client.chunks.clear()
                span = time.monotonic() - start
                raw = [(counter.raw - before[0]) / span / 1000 for counter, before in zip(counters, begin)]
                packed = [(counter.packed - before[1]) / span / 1000 for counter, before in zip(counters, begin)]
                # A tenth changes each second at the usual speed; at 600 everything does.
                table.add(f"to a client, {label}", max(raw), "kB/s", limit=None if flags else 20)
                table.add(f"  as ssh -C packs it, {label}", max(packed), "kB/s", limit=None if flags else 8)
                table.add(f"  daemon, processor, {label}", (daemon.cpu() - cpu) / span * 100, "%")
                spent = max(client.cpu() - before for client, before in zip(clients, own))
                table.add(f"  a client, processor, {label}", spent / span * 100, "%")
                table.add(f"  daemon, memory, {label}", daemon.memory(), "MB", limit=450)
            finally:
                for client in clients:
                    client.end()


def why_no_bad_link():
    if os.geteuid() != 0:
        return "it needs root, for network namespaces"
    if not os.path.exists("/dev/net/tun"):
        return "there is no /dev/net/tun"
    missing = [word for word in ("ip", "/usr/sbin/sshd") if not shutil.which(word)]
    return f"{' and '.join(missing)} missing" if missing else None


def measure_bad(table, binary, has_snapshot, presses):
    """150 ms, 1 % loss, 256 kbit/s: through `ssh -t`, and with the interface here through ssh://."""
    why = why_no_bad_link()
    if why:
        print(f"  (bad link: skipped, {why})", file=sys.stderr)
        return
    words = [sys.executable, str(TESTS / "badlink.py"), "--for", "900", "--", sys.executable, __file__, binary, str(presses)]
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"bench: the bad link: {done.stdout}{done.stderr}")
    limits = {"selection p95": 0.45, "page p95": 1.5, "slowest": 3.0}
    for line in done.stdout.splitlines():
        name, value = line.rsplit(" ", 1)
        limit = next((limit for word, limit in limits.items() if name == f"ssh -t, {word}"), None)
        table.add(f"bad link: {name}", float(value), "s", limit=limit)


def selected(screen):
    """Which row is drawn as the selection: the longest run of one background."""
    def marked(row):
        return sum(1 for cell in row if cell[2] is not None or cell[3] & REVERSE)
    return max(range(screen.rows), key=lambda y: marked(screen.buf[y]) if 5 < y < screen.rows - 1 else 0)


REVERSE = 32


def keys(client, presses):
    """-> seconds from a key to what it changes on the screen: moving the selection, and opening and leaving a page."""
    moves, pages = [], []
    for number in range(presses):
        client.watch(0.9 + 0.037 * (number % 9))
        client.see()
        before = selected(client.screen)
        # Up and down in turns: the list of a calm plant may have few rows.
        at = client.send(b"j" if number % 2 == 0 else b"k")
        until = time.monotonic() + 10
        while time.monotonic() < until and selected(client.screen) == before:
            client.read(min(until, time.monotonic() + 0.2), quiet=0.005)
            client.see()
        moves.append(time.monotonic() - at)
        if number % 3 == 0:
            for key, words in ((b"J", "JOBS"), (b"\x1b", "Allocation sum")):
                client.watch(0.7)
                client.see()
                at = client.send(key)
                pages.append(client.wait(lambda text, words=words: words in text) - at)
    return moves, pages


def inside(binary, presses):
    """Runs between the two ends of the bad link."""
    import bench
    sides = os.environ["BADLINK_A"], os.environ["BADLINK_B"]
    rig = str(TESTS / "ssh-rig.sh")
    with Daemon(binary, "--seed", "1", "--nodes", "256") as daemon:
        env = {**os.environ, "SSH_RIG_DIR": str(daemon.home / "rig"), "SSH_RIG_ADDR": "10.99.0.2"}
        subprocess.run(["ip", "netns", "exec", sides[1], rig, "up"], env=env, check=True, stdout=subprocess.DEVNULL)
        try:
            far = ["ip", "netns", "exec", sides[0], "env", *(f"{k}={env[k]}" for k in ("SSH_RIG_DIR", "SSH_RIG_ADDR"))]
            there = [*far, rig, "ssh", "admin", "-tt", "-C", "rig", "env", "LANG=C.UTF-8", binary, "attach", f"unix:{daemon.socket}"]
            script = daemon.home / "ssh"
            script.write_text(f'#!/bin/sh\nexec "{rig}" ssh operator "$@"\n')
            script.chmod(0o700)
            # The far side's own PATH knows no tokenworks: a key with a forced command, as operators have it, names the binary.
            forced = f"exec {binary} dial-stdio --socket {daemon.socket}"
            subprocess.run([rig, "cmd", "operator", forced], env=env, check=True, stdout=subprocess.DEVNULL)
            here = [*far, f"TOKENWORKS_SSH={script}", "LANG=C.UTF-8", binary, "attach", "ssh://rig"]
            for label, argv in (("ssh -t", there), ("ssh://", here)):
                with Watched(argv, SIZE) as client:
                    first = client.wait(bench.has_snapshot, within=60) - client.started
                    client.watch(2)
                    moves, pages = keys(client, presses)
                print(f"{label}, first picture {first:.3f}")
                print(f"{label}, selection p50 {quantile(moves, 0.5):.3f}")
                print(f"{label}, selection p95 {quantile(moves, 0.95):.3f}")
                print(f"{label}, page p95 {quantile(pages, 0.95):.3f}")
                print(f"{label}, slowest {max(moves + pages):.3f}")
        finally:
            subprocess.run(["ip", "netns", "exec", sides[1], rig, "down"], env=env, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    inside(sys.argv[1], int(sys.argv[2]))
