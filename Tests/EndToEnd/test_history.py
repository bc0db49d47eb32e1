# SPDX-License-Identifier: Apache-2.0
"""A daemon's past: on the node screen, over kill -9, and on disks that are full, damaged or not to be written."""
import contextlib
import json
import os
import re
import sqlite3
import subprocess

from harness import PANELS, Home, check, run, serve, slow
from test_attach import Daemon, attached

BUSY, IDLE = 95, 10


class Exporter:
    """A host with two GPUs that is as busy as the test says."""

    def __init__(self):
        self.busy = BUSY

    def page(self, request):
        rows = []
        for gpu in range(2):
            labels = f'{{gpu="{gpu}",UUID="GPU-{gpu}",device="nvidia{gpu}",modelName="H100",Hostname="gpu-host"}}'
            rows += [
                f"DCGM_FI_DEV_GPU_UTIL{labels} {self.busy}",
                f"DCGM_FI_PROF_PIPE_TENSOR_ACTIVE{labels} {self.busy / 200}",
                f"DCGM_FI_DEV_POWER_USAGE{labels} {self.busy * 7}",
                f"DCGM_FI_DEV_FB_USED{labels} 40000",
                f"DCGM_FI_DEV_FB_FREE{labels} 40000",
            ]
        body = ("\n".join(rows) + "\n").encode()
        request.send_response(200)
        request.send_header("Content-Type", "text/plain; version=0.0.4")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)


@contextlib.contextmanager
def plant():
    """-> (exporter, the flags of a daemon that scrapes it)"""
    exporter = Exporter()
    with serve({"/metrics": exporter.page}) as url:
        yield exporter, ("--scrape", f"{url}/metrics", "--interval", "1")


def opened(session):
    """The node's screen with its graphs."""
    session.expect(*PANELS)
    session.until(lambda text: "gpu-host" in text or "127.0.0.1" in text, "the node is listed")
    session.key("j", "Enter").expect("NODE")
    return session.expect_re(r"util \d+ % .*tensor .*memory 50 % .*power ")


def graph(text):
    """The columns of the utilisation's graph, oldest first: how many rows each fills, in ASCII."""
    lines = text.splitlines()
    first = next(i for i, line in enumerate(lines) if re.search(r"util \d+ %", line))
    width = re.search(r"tensor", lines[first]).start()
    rows = []
    for line in lines[first + 1:]:
        if "state " in line:
            break
        rows.append(line.ljust(width)[1:width - 2])
    # Scale and times stand among them, in other letters.
    return [sum(row[column] in ".:|" for row in rows) for column in range(len(rows[0]))]


@slow
def test_the_graphs_of_a_scraped_plant_outlive_kill_9():
    with Home() as home, plant() as (exporter, flags), Daemon(home, *flags) as daemon:
        with attached(home, "--glyphs", "ascii") as session:
            opened(session)
            session.until(
                lambda _: (home.state / "tokenworks/history.sqlite-wal").exists() and kept(home) >= 12,
                "the past of twelve seconds is on disk")
            session.quit_from_node()
        daemon.kill()
        exporter.busy = IDLE
        daemon.start()
        with attached(home, "--glyphs", "ascii") as session:
            opened(session)
            session.expect_re(rf"util {IDLE} %")
            # What the killed daemon saw stands left of what this one sees.
            session.until(
                lambda text: max(graph(text)) >= 3 and [rows for rows in graph(text) if rows][-1] == 1,
                "a graph that was high and is low")
            session.key("w").expect("60 min")
            # A column is of two minutes: what was high and what is low may share it.
            session.until(lambda text: max(graph(text)) >= 2, "the same within the hour")
            session.key("Right").expect("gpu0 util")
            session.quit_from_node()
        check(daemon.stop() == 0, "no orderly end")


def kept(home):
    """Seconds of the nodes' past in the file, as another program reads them."""
    found = sqlite(home, "SELECT coalesce(max(ended - began), 0) FROM block WHERE subject = 'nodes' AND grain = 0")
    return float(found or 0)


def sqlite(home, sql):
    with contextlib.closing(sqlite3.connect(home.state / "tokenworks/history.sqlite", timeout=5)) as database:
        try:
            return database.execute(sql).fetchone()[0]
        except sqlite3.OperationalError:
            return None


def test_a_simulation_is_remembered_and_not_kept():
    with Home() as home, Daemon(home, "--nodes", "16", "--speed", "5") as daemon:
        with attached(home) as session:
            session.expect(*PANELS)
            session.key("j", "Enter").expect_re(r"util \d+ % .*power \d+\.\d kW")
            session.quit_from_node()
        check(daemon.stop() == 0, "no orderly end")
        check(sqlite(home, "SELECT count(*) FROM block") == 0, "a simulation's past is on disk")


def test_a_damaged_history_is_named_left_alone_and_set_aside_when_told():
    with Home() as home, plant() as (_, flags):
        folder = home.state / "tokenworks"
        folder.mkdir()
        damaged = b"SQLite format 3\0" + b"this is not what follows" * 400
        (folder / "history.sqlite").write_bytes(damaged)
        log = home.path / "log.jsonl"
        with Daemon(home, *flags, "--log", log) as daemon:
            said = daemon.said().decode()
            check("history.sqlite is damaged" in said and "--fresh-history" in said, f"it says: {said}")
            logged = [entry for entry in map(json.loads, log.read_text().splitlines()) if entry["message"] == "history"]
            check(any("history.sqlite is damaged" in entry["text"] and entry["level"] == "warning" for entry in logged),
                  f"the log does not say it: {logged}")
            with attached(home) as session:
                session.expect(*PANELS).expect("history.sqlite")  # in the events
                opened(session)  # what it remembers needs no file
                session.quit_from_node()
            check(daemon.stop() == 0, "no orderly end")
        check((folder / "history.sqlite").read_bytes() == damaged, "the damaged file was touched")
        with Daemon(home, *flags, "--fresh-history") as daemon:
            aside = list(folder.glob("history.sqlite.damaged-*"))
            check(len(aside) == 1 and aside[0].read_bytes() == damaged, f"set aside: {aside}")
            check(aside[0].name in daemon.said().decode(), "it does not say where the damaged file is")
            with attached(home) as session:
                opened(session)
                session.quit_from_node()
            check(daemon.stop() == 0, "no orderly end")
        check(sqlite(home, "SELECT count(*) > 0 FROM block") == 1, "nothing is kept in the fresh file")


def test_a_second_daemon_of_one_state_folder_is_refused():
    with Home() as home, plant() as (_, flags), Daemon(home, *flags):
        second = run("serve", *flags, "--socket", home.path / "run/other.sock", home=home, status=73)
        check("Another tokenworks keeps its history" in second.stderr, f"{second.stderr!r}")
        check(not (home.path / "run/other.sock").exists(), "its socket stays")


@contextlib.contextmanager
def disk(folder, options):
    """A disk of its own of 1 MB; gives whether there could be one."""
    folder.mkdir(mode=0o700)
    mounted = os.geteuid() == 0 and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size=1m,mode=0700,{options}", "tmpfs", folder], capture_output=True).returncode == 0
    if not mounted:
        print("skipped: mounting a small disk needs root")
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "-l", folder], check=True)


@slow
def test_a_full_disk_stops_the_history_and_nothing_else():
    with Home() as home, plant() as (_, flags):
        folder = home.state / "tokenworks"
        with disk(folder, "rw") as mounted:
            if not mounted:
                return
            with Daemon(home, *flags) as daemon:
                with attached(home, size="200x50") as session:
                    session.expect(*PANELS)
                    session.until(lambda _: sqlite(home, "SELECT count(*) FROM block"), "the first block")
                    with contextlib.suppress(OSError), (folder / "filler").open("wb", buffering=0) as filler:
                        while True:
                            filler.write(bytes(1 << 10))
                    session.expect("disk is full", within=90)
                    session.watch(12)  # two more tries: they are not said again
                    check(session.text().count("disk is full") == 1, "said more than once")
                    opened(session)
                    session.key("Esc")
                    (folder / "filler").unlink()
                    session.expect("the history is written again", within=60)
                    session.key("q").ends(0)
                check(daemon.stop() == 0, "no orderly end")


@slow
def test_a_read_only_folder_is_said_and_tried_again():
    with Home() as home, plant() as (_, flags):
        folder = home.state / "tokenworks"
        with disk(folder, "ro") as mounted:
            if not mounted:
                return
            with Daemon(home, *flags, "--socket", home.path / "run/t.sock") as daemon:
                check("Read-only file system" in daemon.said().decode(), f"it says: {daemon.said()}")
                with attached(home, f"unix:{home.path}/run/t.sock", size="200x50") as session:
                    session.expect(*PANELS).expect("Read-only file system")
                    subprocess.run(["mount", "-o", "remount,rw", folder], check=True)
                    session.expect("the history is written again", within=60)
                    session.quit()
                check(daemon.stop() == 0, "no orderly end")
            check(sqlite(home, "SELECT count(*) > 0 FROM block") == 1, "nothing is kept")


def test_a_folder_that_cannot_be_written_is_said_and_tried_again():
    with Home() as home, plant() as (_, flags):
        blocked = home.state / "tokenworks/plant"
        blocked.parent.mkdir()
        blocked.write_text("a file where the folder should be")
        with Daemon(home, *flags, "--state", blocked, "--socket", home.path / "run/t.sock") as daemon:
            check("cannot be made" in daemon.said().decode(), f"it says: {daemon.said()}")
            with attached(home, f"unix:{home.path}/run/t.sock", size="200x50") as session:
                session.expect(*PANELS).expect("cannot be made")
                blocked.unlink()
                session.expect("the history is written again", within=60)
                session.quit()
            check(daemon.stop() == 0, "no orderly end")


@slow
def test_the_next_session_begins_where_the_last_one_ended():
    with Home() as home, Daemon(home, "--nodes", "32", "--speed", "5") as daemon:
        with attached(home, "--session", "day") as session:
            session.expect(*PANELS)
            session.key("s").gone("worst first")
            session.key("/").type("n1").key("Enter").expect("/n1")
            session.key("j", "Enter").expect("NODE")
            session.key("w").expect_re(r"\d+ min")
            node = session.expect_re(r"NODE (\S+)")[1]
            session.watch(5)  # said at most every two seconds
            os.kill(session.program.pid, 9)
            session.program.end()
        with attached(home, "--session", "day") as session:
            session.expect(f"NODE {node}")
            session.key("Esc").expect("/n1")
            session.key("Esc").expect(*PANELS)
            session.watch(5)  # where one is is said at most every two seconds
            session.quit()
        with attached(home, "--session", "night") as session:
            session.expect(*PANELS).expect("worst first")
            session.quit()
        # However soon after the last key it ends.
        for number in (15, 1, 0):
            with attached(home, "--session", f"hasty{number}") as session:
                session.expect(*PANELS).key("/").type("n1").expect("Esc clear").key("Enter").gone("Esc clear")
                if number:
                    os.kill(session.program.pid, number)
                    session.ends(None)
                else:
                    session.quit()
            with attached(home, "--session", f"hasty{number}") as session:
                session.expect(*PANELS).expect("/n1").quit()
        daemon.kill()
        daemon.start()
        with attached(home, "--session", "day") as session:
            session.expect(*PANELS).expect("Allocation sum")
            session.gone("worst first").quit()
        check(daemon.stop() == 0, "no orderly end")
        refused = run("attach", "--session", "two words", home=home, status=64)
        check("--session is a word" in refused.stderr, f"{refused.stderr!r}")
