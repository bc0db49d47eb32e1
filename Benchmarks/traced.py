# SPDX-License-Identifier: Apache-2.0
"""Counts the writes to the terminal by strace, and looks at each with the emulator."""
import os
import re
import tempfile
import time

from watched import Watched, tuishot

CALL = re.compile(
    r"^(?P<pid>\d+) +(?P<at>[\d.]+) (?P<name>\w+)\(\d+<(?P<file>[^>]*)>[^,]*, (?P<bytes>\"[^\"]*\")?.*?(?:\) += (?P<result>-?\d+).*)?$")
RESUMED = re.compile(r"^(?P<pid>\d+) +[\d.]+ <\.\.\. (?P<name>\w+) resumed>.*\) += (?P<result>-?\d+)")


class Traced:
    """What a program did to its terminal: frames drawn, writes made, and writes that changed nothing on the screen."""

    def __init__(self, path, size):
        self.writes = []        # (time, bytes) of each write to the terminal that took bytes
        self.extra = 0          # writes that no frame, taken out of the memory that ncurses drew it into, stands for
        self.refused = 0        # writes that the terminal did not take at once
        self.partial = 0        # writes of which it took a part
        self.idle = 0           # writes after which the screen was as before
        screen = tuishot.Screen(*size)
        has_frame = False
        for name, file, at, data, result in calls(path):
            if name == "pread64" and "memfd:frame" in file:
                has_frame = True
            if name not in ("write", "writev") or not file.startswith("/dev/pts/"):
                continue
            if result <= 0:
                self.refused += 1
                continue
            self.extra += not has_frame
            has_frame = False
            self.partial += result < len(data)
            self.writes.append((at, data[:result]))
            before = picture(screen)
            screen.feed(data[:result])
            self.idle += picture(screen) == before


def calls(path):
    """(name, file, time, bytes, result) of each call; one that another thread interrupted is joined again."""
    open_calls = {}
    with open(path, encoding="ascii", errors="replace") as lines:
        for line in lines:
            if resumed := RESUMED.match(line):
                call = open_calls.pop(resumed["pid"], None)
                if call:
                    yield (*call, int(resumed["result"]))
                continue
            call = CALL.match(line)
            if not call:
                continue
            found = (call["name"], plain(call["file"]).decode(), float(call["at"]), plain((call["bytes"] or "")[1:-1]))
            if call["result"] is None:
                open_calls[call["pid"]] = found
            else:
                yield (*found, int(call["result"]))


def plain(escaped):
    """The bytes of a string in strace's hexadecimal."""
    return bytes.fromhex(escaped.replace("\\x", ""))


def picture(screen):
    """Everything that a person sees of a terminal."""
    cursor = (screen.x, screen.y) if 25 in screen.modes else None
    return [list(row) for row in screen.buf], cursor, sorted(screen.modes)


def trace(argv, size, ready, script):
    """Runs a program under strace; `script(program)` once it is ready, then its quit key."""
    handle, path = tempfile.mkstemp(prefix="tokenworks-strace-")
    os.close(handle)
    try:
        with Watched(["strace", "-f", "-y", "-ttt", "-xx", "-s", "4000000", "-e", "trace=write,writev,pread64",
                      "-e", "signal=none", "-o", path, *argv], size) as program:
            program.wait(ready)
            script(program)
            program.send(b"q")
            until = time.monotonic() + 5
            while program.alive() and time.monotonic() < until:
                program.watch(0.05)
        return Traced(path, size)
    finally:
        os.unlink(path)

