# SPDX-License-Identifier: Apache-2.0
"""The main job on real input: a real week of demand, a real node_exporter and a recorded vLLM page. `make test-shared`.

The traces and captures lie in the founders' folder SHARED (default ../shared); they may not be copied into the project.
"""
import gzip
import json
import re
import time

from harness import SHARED, Home, Session, check, pages, run, serve, slow, total
from test_live import fetch, node_exporter, scrape
from test_trace import decode, number, steer, waiting

TRACE = SHARED / "traces/factory_7d_10min.csv.gz"
CAPTURES = [SHARED / f"captures/vllm-0.32.0-t{n}.txt.gz" for n in (0, 1)]


def needed(*files):
    for path in files:
        check(path.exists(), f"{path} is not there: this test needs the folder of real traces and captures; say where: make test-shared SHARED=DIR")


def quote(what, session, words):
    """Lines of the screen, for the note that reports the run."""
    print(f"{what}:")
    for line in session.text().splitlines():
        if any(word in line for word in words):
            print("  " + line.strip())


@slow
def test_the_weeks_demand_moves_queue_and_tokens_and_a_plan_changes_both():
    needed(TRACE)
    with Home() as home, Session("--trace", TRACE, "--speed", "600", home=home, timeout=400) as session:
        session.started()
        seen = []

        def moved(_):
            seen.append((decode(session), max(waiting(session).values())))
            tokens, queued = zip(*seen)
            return max(tokens) > 1.1 * min(tokens) and min(queued) < 50 and queued[-1] > 200

        session.until(moved, "the week's demand moves decode and the queue", within=240)
        quote("demand", session, ("decode", "chat", "think", "SIM"))
        for speed in ("300", "120", "60", "30"):
            session.key("-").expect(f" x{speed} ")
        steer(session, home)
        quote("after the move", session, ("decode", "chat", "think", "Allocation", "last d-"))
        session.key("M").expect("FORECAST", "OUTCOME").key("Esc").main()
        session.quit()


def test_sharing_beats_a_fixed_split_on_a_day_of_the_week():
    needed(TRACE)
    with Home() as home:
        out = home.path / "day.jsonl"
        said = run("simulate", "--days", "1", "--policy", "static", "--trace", TRACE, "--json", out, home=home, timeout=300).stdout
        print("\n".join("  " + line for line in said.splitlines()))
        dynamic, fixed = (json.loads(line) for line in out.read_text().splitlines()[-2:])
        for one, other in zip(dynamic["classes"], fixed["classes"]):
            check(other["attainment"] > one["attainment"] - 2e-4, f"the fixed split serves {one['name']} worse")
        gain = 100 * (dynamic["training_goodput"] - fixed["training_goodput"])
        check(gain > 4, f"sharing gives training {gain:.1f} points of the plant")


def test_a_real_exporter_and_a_recorded_engine_fill_nodes_and_tokens():
    needed(*CAPTURES)
    before, after = (gzip.decompress(path.read_bytes()) for path in CAPTURES)
    times = []
    route = pages(before, after)

    def engine(request):
        times.append(time.monotonic())
        route(request)

    with Home() as home, node_exporter() as (url, _), serve({"/metrics": engine}) as vllm:
        name = re.search(r'nodename="([^"]+)"', fetch(url).decode())[1]
        with Session(*scrape(url, vllm + "/metrics"), "--interval", "4", home=home) as session:
            shown = number(session.expect_re(r"decode +(\d[\d.]* ?[kM]?) ")[1])
            grew = total(after, "vllm:generation_tokens_total") - total(before, "vllm:generation_tokens_total")
            wanted = grew / (times[1] - times[0])
            check(abs(shown - wanted) < 0.15 * wanted, f"decode {shown}, the pages say {wanted:.1f}")
            session.expect(name, "LIVE")
            quote("live", session, ("LIVE", name, "decode", "prefill", "tiny"))
            session.key("Enter").expect(f"NODE {name}").expect_re(r"HOST +cpu \[.*\] +\d+ % +memory \[.*\] +\d+ %")
            quote("node", session, ("NODE", "HOST"))
            session.key("Esc").main().quit()
