# SPDX-License-Identifier: Apache-2.0
"""The main job on a trace of the project's own: the trace's demand moves queue and tokens/s, and a confirmed plan changes both."""
import json
import re

from harness import Home, Session, check, run, slow
from test_operator import planned, settled, shares, verified
import traces

# Tokens out per second while it is calm: 60 of chat with 290 tokens, 3 of think with 1400.
CALM = 60 * 290 + 3 * 1400
# With this factor 32 nodes start with two for chat: enough for the calm, one too few for the flood.
PLANT = ("--nodes", "32", "--demand-scale", "2")


def number(text):
    """`41.6 k` as the dashboard writes it."""
    value, unit = re.match(r"([\d.]+) ?([kM]?)", text).groups()
    return float(value) * {"": 1, "k": 1e3, "M": 1e6}[unit]


def decode(session):
    return number(session.expect_re(r"decode +([\d.]+ ?[kM]?) +\d+ tok/s/GPU")[1])


CLASSES = ("bulk", "chat", "image", "think")


def served(session, name):
    """Decode of one class, from the Tokens/s panel."""
    return number(session.expect_re(rf"[│┤] {name}!? +([\d.]+ ?[kM]?) +\d+ +[\d.]+ s")[1])


def waiting(session):
    """Requests of each class that wait, from the Queue panel."""
    session.expect_re(r"[│┤] chat!? +([\d.]+ ?[kM]?) +[\d.]+ ?[smh]")
    rows = ((name, re.search(rf"[│┤] {name}!? +([\d.]+ ?[kM]?) +[\d.]+ ?[smh]", session.text())) for name in CLASSES)
    return {name: number(row[1]) for name, row in rows if row}


def inference(session):
    return shares(session)["inference"]


def steer(session, home):
    """Confirms by keys the plan of `>`, waits for its end and sees that it changed tokens and queue."""
    planned(session.key(">"))
    decision, receiver = session.expect_re(r"PLAN (d-\d+) .*-> inference/(\w+)").groups()
    check("y: move" in session.text(), "the cheapest plan loses work: choose a plant with a spare")
    session.key("y").expect_re(rf"MOVING 1 .*{decision}")
    tokens, queue, nodes = served(session, receiver), waiting(session)[receiver], inference(session)
    session.expect("MOVING none", within=200)
    settled(session, home)
    check(inference(session) == nodes + 1, f"{inference(session)} nodes serve, not one more than {nodes}")
    verified(home, decision, "done")
    session.until(lambda _: served(session, receiver) > tokens * 1.02, f"more tokens of {receiver} than {tokens:.0f}/s", within=120)
    session.until(lambda _: waiting(session)[receiver] < 0.8 * queue, f"a shorter queue than {queue:.0f}", within=120)


def test_status_follows_a_plain_and_a_packed_trace():
    with Home() as home:
        files = [traces.write(home.path / name, traces.trace()) for name in ("day.csv", "day.csv.gz")]
        for at in (1800, 30000):
            plain, packed = (
                run("status", "--json", "--trace", f, "--at", at, *PLANT, home=home).stdout for f in files)
            check(plain == packed, "the packed trace gives another answer")
            got = json.loads(plain)["tokens_per_second"]["decode"]
            check(abs(got - 2 * CALM) < 0.15 * 2 * CALM, f"decode is {got:.0f}, the trace asks for {2 * CALM}")
        said = run("status", "--trace", files[0], home=home).stderr
        check("left out" in said and "video, audio" in said, f"what is not modelled is not named: {said!r}")
        calm, flood = (json.loads(run("status", "--json", "--trace", files[0], "--at", at, *PLANT, home=home).stdout)
                       for at in (1800, 7200))
        check(calm["queue"]["inference_waiting"] + 1000 < flood["queue"]["inference_waiting"], f"{calm} {flood}")
        check(calm["tokens_per_second"]["decode"] * 1.05 < flood["tokens_per_second"]["decode"], f"{calm} {flood}")


@slow
def test_a_trace_moves_queue_and_tokens_and_a_plan_changes_both():
    with Home() as home:
        path = traces.write(home.path / "day.csv.gz", traces.trace())
        with Session("--trace", path, "--speed", "600", *PLANT, home=home) as session:
            session.expect("left out", "video, audio").started()
            # Still calm in the past that it starts with; ten minutes of the plant later the flood comes.
            session.until(lambda _: waiting(session)["chat"] > 1000, "the flood in the queue")
            check(" x600 " in session.text(), "the speed is not in the title row")
            for speed in ("300", "120", "60"):
                session.key("-").expect(f" x{speed} ")
            steer(session, home)
            session.quit()


def test_a_trace_that_ends_begins_again_and_says_so():
    with Home() as home:
        path = traces.write(home.path / "short.csv", traces.trace(rows=5, at=(), extra=()))
        with Session("--trace", path, "--speed", "600", "--nodes", "16", home=home) as session:
            session.started().expect_re(r"trace .*(again|start)", within=60)
            check("left out" not in session.text(), "nothing was left out")
            session.quit()
