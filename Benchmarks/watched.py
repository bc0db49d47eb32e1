# SPDX-License-Identifier: Apache-2.0
"""A program in a pty, watched from outside: what came when, and what the process cost."""
import contextlib
import fcntl
import os
import pathlib
import select
import shutil
import signal
import struct
import sys
import tempfile
import termios
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Tests/EndToEnd"))
import tuishot  # noqa: E402  the emulator of the end-to-end tests

# Bytes that came closer together than this are of one frame: a pty hands a large one over in pieces. Unit: seconds.
ONE_FRAME = 0.015


class Watched:
    """A program on its pty. Bytes are stamped when they are read; the emulator looks at them later, off the clock."""

    def __init__(self, argv, size=(120, 36), env=None):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="tokenworks-bench-"))
        self.screen = tuishot.Screen(*size)
        self.chunks = []        # (time, bytes) not yet seen by the emulator
        self.log = []           # (time, length) since the last `forget`
        self.status = None
        self.master, slave = os.openpty()
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self.started = time.monotonic()
        self.pid = os.fork()
        if self.pid == 0:
            self._become(argv, slave, env or {})
        os.close(slave)
        os.set_blocking(self.master, False)

    def _become(self, argv, slave, extra):
        """In the child: the pty is its terminal, the environment is the same on every host."""
        try:
            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
            for number in (0, 1, 2):
                os.dup2(slave, number)
            os.closerange(3, 256)
            environment = {"PATH": os.environ["PATH"], "HOME": str(self.home), "TERM": "xterm-256color",
                           "LANG": "C.UTF-8", "XDG_CONFIG_HOME": f"{self.home}/config",
                           "XDG_STATE_HOME": f"{self.home}/state", **extra}
            os.execvpe(argv[0], argv, environment)
        finally:
            os._exit(127)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.end()

    def send(self, data):
        """Presses keys; gives the time."""
        now = time.monotonic()
        os.write(self.master, data)
        return now

    def read(self, until, quiet=None):
        """Reads until a time, or until nothing has come for `quiet` seconds after something had."""
        last = None
        while (now := time.monotonic()) < until:
            wait = until - now
            if quiet is not None and last is not None:
                wait = min(wait, last + quiet - now)
                if wait <= 0:
                    return
            if not select.select([self.master], [], [], wait)[0]:
                continue
            try:
                data = os.read(self.master, 65536)
            except BlockingIOError:
                continue
            except OSError:
                return
            last = time.monotonic()
            # As every terminal does, at once: the next frame waits for it.
            os.write(self.master, b"\x1b[0n" * data.count(b"\x1b[5n"))
            self.chunks.append((last, data))
            self.log.append((last, len(data)))

    def watch(self, seconds):
        self.read(time.monotonic() + seconds)

    def see(self):
        """Shows the emulator everything that has come."""
        while self.chunks:
            self.screen.feed(self.chunks.pop(0)[1])

    def seen_at(self, holds):
        """The time of the bytes after which `holds(text)`; None when that is still to come."""
        while self.chunks:
            at, data = self.chunks.pop(0)
            self.screen.feed(data)
            if holds(self.screen.text()):
                return at
        return None

    def wait(self, holds, within=30):
        """Waits for a text; gives the time when its last byte was read."""
        until = time.monotonic() + within
        while time.monotonic() < until:
            self.read(min(until, time.monotonic() + 0.25), quiet=0.01)
            if (at := self.seen_at(holds)) is not None:
                return at
            if not self.alive():
                break
        raise SystemExit(f"bench: what was waited for did not come within {within} s; the screen was:\n"
                         + self.screen.text())

    def forget(self):
        self.see()
        self.log.clear()

    def frames(self):
        """[first byte's time, bytes] of each frame since `forget`."""
        frames = []
        last = -1.0
        for at, length in self.log:
            if at - last > ONE_FRAME:
                frames.append([at, 0])
            frames[-1][1] += length
            last = at
        return frames

    # What the process costs.

    def alive(self):
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
        return self.status is None

    def cpu(self):
        """CPU seconds so far, by the kernel's clock of the process."""
        return time.clock_gettime((~self.pid) << 3 | 2)

    def memory(self, field="VmHWM"):
        """Megabytes (10^6) of resident memory; the peak by default."""
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(field):
                return int(line.split()[1]) * 1024 / 1e6
        return 0.0

    def wakeups(self):
        """Times that a thread gave up the processor to wait."""
        count = 0
        for task in pathlib.Path(f"/proc/{self.pid}/task").iterdir():
            with contextlib.suppress(OSError):
                for line in (task / "status").read_text().splitlines():
                    if line.startswith("voluntary_ctxt_switches"):
                        count += int(line.split()[1])
        return count

    def end(self):
        """Hangs up as a closed terminal does, then insists."""
        if self.master >= 0:
            os.close(self.master)
            self.master = -1
        for number, patience in ((signal.SIGHUP, 2), (signal.SIGKILL, 5)):
            if not self.alive():
                break
            os.kill(self.pid, number)
            until = time.monotonic() + patience
            while self.alive() and time.monotonic() < until:
                time.sleep(0.01)
        shutil.rmtree(self.home, ignore_errors=True)


def quantile(values, share):
    """The value below which a share of them lies; the larger neighbour when it lies between two."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
