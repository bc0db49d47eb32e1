# SPDX-License-Identifier: Apache-2.0
"""A real engine under load, for make test-live: what tokenworks shows is what the load generator got itself."""
import json
import time

from agreement import latencies, near, page, shown, warmed, watched
from engines import Dynamo, Users
from harness import PANELS, Home, Session, check, run, total
from test_live import node_exporter, scrape

# More than the worker takes at a time (16), so that some wait.
USERS = 24
PROMPT = "dynamo_frontend_input_sequence_tokens_sum"


def test_status_agrees_with_the_load_generator():
    with Home() as home, Dynamo() as dynamo, Users(dynamo, USERS) as users:
        warmed(users)
        for turn, seconds in enumerate((8, 8, 35)):
            for what, urls in (("the frontend alone", [dynamo.metrics]),
                               ("frontend and worker", [dynamo.metrics, dynamo.worker])):
                before = page(dynamo.metrics)
                done = run("status", "--json", "--interval", seconds, *scrape(*urls), home=home)
                ended, after = time.monotonic(), page(dynamo.metrics)
                report = json.loads(done.stdout)
                near(report["tokens_per_second"]["decode"], users.tokens(ended - seconds, ended), f"decode, {what}, {turn + 1}")
                waiting = report["queue"]["inference_waiting"]
                check(0 <= waiting <= USERS, f"{what}: {waiting} requests wait, of {USERS} users")
                check(report["dead_targets"] == [], report["dead_targets"])
                # Dynamo counts a prompt and what of it was cached at two moments, so that their difference jumps from poll to
                # poll: it is taken over half a minute, and in a shorter look it is unknown, never 0. Nobody can compute more
                # than came in, and twice would be more.
                prompt = total(after, PROMPT) - total(before, PROMPT)
                prefill = report["tokens_per_second"]["prefill"]
                if seconds < 30:
                    check(prefill is None, f"prefill, {what}: {prefill} after {seconds} s")
                    continue
                check(prefill is not None and 0 <= prefill <= 1.1 * prompt / seconds, f"prefill, {what}: {prefill}, {prompt} came in in {seconds} s")
        check(not users.rows("E", 0, time.monotonic()), "requests have failed")


def test_the_dashboard_agrees_with_the_load_generator_and_a_stopped_load_reads_0():
    with Home() as home, Dynamo() as dynamo, node_exporter() as (host, _):
        for what, urls in (("the frontend alone", [dynamo.metrics]),
                           ("frontend, worker and host", [dynamo.metrics, dynamo.worker, host])):
            with Users(dynamo, USERS) as users:
                warmed(users)
                with Session(*scrape(*urls), "--interval", "1", home=home, size="160x40") as session:
                    session.expect(*PANELS).until(lambda text: shown(text), "a decode number")
                    # The histograms' window is half a minute to a minute long.
                    began = time.monotonic()
                    numbers = watched(session, 45)
                    check(all(numbers), f"{what}: unknown or 0 while the load runs: {numbers}")
                    near(sum(numbers) / len(numbers), users.tokens(began, time.monotonic()), f"decode, 45 s, {what}")
                    latencies(session, users, page(dynamo.metrics), "dynamo_frontend_")
                    if host in urls:
                        session.key("Enter").expect("NODE ")
                        row = session.expect_re(r"running (\d+), waiting (\d+)|running (\d+)[^\n]*waiting (\d+)")
                        running, waiting = (int(number) for number in row.groups() if number)
                        print(f"running {running}, waiting {waiting}, of {USERS} users and 16 places")
                        check(1 <= running <= 16 and 0 <= waiting <= USERS, row[0])
                        check(USERS // 2 <= running + waiting <= USERS + 2, f"{row[0]}: {USERS} users")
                        session.key("Esc").main()
                    users.stop()
                    session.until(lambda text: shown(text) == 0, "0 tokens a second after the load", within=15)
                    check("TRUST ok" in session.text(), f"0 because nobody asks is not stale:\n{session.text()}")
                    session.watch(4).expect("TRUST ok").expect_re(r"scrape [01]s ")
                    check(shown(session.text()) == 0, f"{what}: not 0 any more:\n{session.text()}")
                    session.quit()


def test_a_dead_frontend_leaves_a_stale_number_and_never_0():
    for with_worker in (False, True):
        with Home() as home, Dynamo() as dynamo, Users(dynamo, USERS) as users:
            warmed(users)
            urls = [dynamo.metrics] + [dynamo.worker] * with_worker
            with Session(*scrape(*urls), "--interval", "1", home=home, size="160x40") as session:
                session.expect(*PANELS).until(lambda text: shown(text), "a decode number")
                session.watch(3)
                dynamo.kill("frontend")
                session.expect(f"{len(urls) - 1}/{len(urls)}!", "refuses the connection")
                numbers = watched(session, 15)
                check(0 not in numbers, f"a dead frontend reads 0: {numbers}")
                if with_worker:
                    # The worker counts no tokens: the frontend's number stays for a while, then nobody knows.
                    check(len(set(numbers)) <= 2 and numbers[-1] in (None, numbers[0]), f"not the last number: {numbers}")
                else:
                    check(len(set(numbers)) == 1 and numbers[0], f"the last number does not stay: {numbers}")
                    age = int(session.expect_re(r"scrape (\d+)s! +0/1!")[1])
                    check(14 <= age <= 40, f"the age of the number is {age} s")
                session.quit()
            done = run("status", "--json", *scrape(dynamo.metrics), home=home, status=69)
            check("refuses the connection" in done.stderr and '"decode" : null' in done.stdout, done.stdout + done.stderr)
