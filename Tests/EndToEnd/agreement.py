# SPDX-License-Identifier: Apache-2.0
"""Whether what tokenworks shows is what the users of a real engine got: for make test-live."""
import re
import time
import urllib.request

from engines import MODEL
from harness import check


def near(got, own, what, within=0.05):
    print(f"{what}: shown {got:.0f}, the load generator's own {own:.0f} ({100 * (got / own - 1):+.1f} %)")
    check(abs(got - own) <= within * own, f"{what}: {got}, but the load generator got {own}")


def page(url):
    with urllib.request.urlopen(url, timeout=20) as reply:
        return reply.read()


def warmed(users, tokens=2000, within=60):
    """The load runs: answers of all lengths are on their way, and the first ones have ended."""
    until = time.monotonic() + within
    while len(users.rows("FT", 0, time.monotonic())) < tokens:
        check(users.process.poll() is None and time.monotonic() < until, "the load generator gets no tokens")
        time.sleep(0.2)


def shown(text, word="decode"):
    """The number behind a word of the panel of tokens, None where none is known: `1.07 k` is 1070."""
    found = re.search(rf"{word} +([\d.,]+)( k)? ", text)
    return float(found[1].replace(",", "")) * (1000 if found[2] else 1) if found else None


def in_bucket(got, own, bounds, what):
    """Whether a percentile is in the bucket of the users' own; `own`: theirs over spans that the program's may be.

    Their clock may be a tenth off at the edges of a bucket.
    """
    low = max(bound for bound in [0.0, *bounds] if bound < min(own) * 0.9)
    high = min(bound for bound in bounds if bound >= max(own) * 1.1)
    theirs = " to ".join(sorted({f"{seconds * 1000:.0f}" for seconds in own}, key=int))
    print(f"{what}: shown {got * 1000:.0f} ms, the load generator's own {theirs} ms, bucket {low}...{high} s")
    # The panel shows two digits.
    check(low * 0.95 <= got <= high * 1.05, f"{what}: {got} s, but the load generator had {theirs} ms: {low}...{high} s")


def bounds(text, name):
    return sorted({float(le) for le in re.findall(rf'{name}_bucket{{[^}}]*le="([^"]+)"', text.decode())})


def watched(session, seconds):
    """The decode numbers that the panel has shown, one a second."""
    found = []
    for _ in range(seconds):
        session.watch(1)
        found.append(shown(session.text()))
    return found


def latencies(session, users, text, prefix):
    """TTFT and ITL of the panel against the load generator's; the panel's are over the last 30 to 60 seconds.

    - text: the engine's page, for the bounds of its histograms, whose names begin with `prefix`
    """
    now = time.monotonic()
    row = session.expect_re(rf"{MODEL} +([\d.]+ k|[\d.]+) +(?:-|\d+) +([\d.]+) (s|ms) +([\d.]+) (s|ms) ")
    for number, unit, kind, name, what in ((row[2], row[3], "F", "time_to_first_token", "TTFT p95"),
                                           (row[4], row[5], "T", "inter_token_latency", "ITL p95")):
        got = float(number) / (1000 if unit == "ms" else 1)
        own = [users.quantile(kind, 0.95, now - span, now) for span in (30, 60)]
        in_bucket(got, own, bounds(text, f"{prefix}{name}_seconds"), what)
