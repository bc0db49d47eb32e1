# SPDX-License-Identifier: Apache-2.0
"""What takes longer than a test may: `make soak`."""
import os
import re

from harness import Home, check, run
from kills import campaign
from test_attach import Daemon, attached, shown
from test_live import fetch
from test_serve import page_of

# A day in six minutes: some 1,400 polls, each a frame for every client. SOAK_SPEED and SOAK_KILLS are for those who change this.
SPEED = int(os.environ.get("SOAK_SPEED", 240))
KILLS = int(os.environ.get("SOAK_KILLS", 200))
HOUR = 3600 / SPEED


def value(page, name):
    return float(re.search(rf"^{name}(?:\{{.*\}})? (\S+)$", page, re.M)[1])


def test_a_daemon_killed_two_hundred_times_loses_and_doubles_nothing():
    print(f"{campaign(KILLS)} moves were accepted on the way")


def test_a_day_with_clients_needs_no_more_memory_than_its_fourth_hour():
    with Home() as home, Daemon(
            home, "--nodes", 256, "--speed", SPEED, "--drill", "calm", "--metrics", "127.0.0.1:0",
            "--log", home.path / "log.jsonl") as daemon:
        url = page_of(daemon)
        start = value(fetch(url).decode(), "tokenworks_plant_time_seconds")
        seen = {}
        with attached(home, timeout=3600) as one, attached(home, "--viewer", timeout=3600) as two:
            shown(one)
            two.expect_re(r"^ SIM sim ")
            for hour in range(1, 25):
                until = start + hour * 3600
                while (page := fetch(url).decode()) and value(page, "tokenworks_plant_time_seconds") < until:
                    # Somebody looks about all the time: details come and go.
                    one.key("j").watch(HOUR / 20)
                    two.watch(HOUR / 20)
                run("who", home=home)
                run("status", "--json", home=home)
                seen[hour] = value(page, "process_resident_memory_bytes")
            one.quit()
            two.quit()
        print("MB by hour:", " ".join(f"{hour}:{size / 1e6:.0f}" for hour, size in seen.items()))
        check(seen[24] < seen[4] * 1.05 + 8e6, f"it grows: {seen}")
        check(daemon.stop() == 0, "no orderly end")
