# SPDX-License-Identifier: Apache-2.0
"""Every kind of bad input at once, beside healthy targets, in bounded memory: the healthy ones are asked in time, and the
screen and `status` say which target misbehaves and how."""
import contextlib
import gzip
import itertools
import json
import re
import socket
import threading
import time

from harness import BINARY, PANELS, Home, Session, check, fixture, run, serve, total

VLLM = tuple(fixture(f"vllm-0.32.0/t{n}.txt") for n in (0, 1))
DCGM = fixture("documented-dcgm-exporter/t1.txt").replace(b"} 79", b"} 0")
HOST = tuple(fixture(f"node_exporter-1.5.0/t{n}.txt") for n in (0, 1))
ESCAPES = "ev\x1b]0;owned\x07\x1b[2J\u202eli\u200bve\u2066\x9b31m\x00\x08"
# Beside what a healthy run takes: the largest page that is read, what is made of it, and its copy. Unit: bytes.
ROOM = 1 << 30


def send(request, body, *headers, length=None):
    request.send_response(200)
    for name, value in (("Content-Type", "text/plain; version=0.0.4"), *headers):
        request.send_header(name, value)
    request.send_header("Content-Length", str(len(body) if length is None else length))
    request.end_headers()
    with contextlib.suppress(OSError):
        request.wfile.write(body)


class Healthy:
    """Good pages in turn, and when each was asked for."""

    def __init__(self, *bodies):
        self.turn, self.times = itertools.cycle(bodies), []

    def __call__(self, request):
        self.times.append(time.monotonic())
        send(request, next(self.turn))

    def gaps(self, since):
        times = [t for t in self.times if t >= since]
        return [b - a for a, b in zip([since, *times], [*times, time.monotonic()])]


def turning(*bodies):
    turn = itertools.cycle(bodies)
    return lambda request: send(request, next(turn))


def truncated(request):
    send(request, VLLM[0][: len(VLLM[0]) // 2], length=len(VLLM[0]))
    request.connection.shutdown(socket.SHUT_RDWR)


def endless(request):
    request.send_response(200)
    request.send_header("Content-Type", "text/plain")
    request.end_headers()
    with contextlib.suppress(OSError):
        while True:
            request.wfile.write(b"some_metric 1\n" * 4096)


def slow(request):
    """A header at a time, and never the last."""
    with contextlib.suppress(OSError):
        request.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for number in range(10_000):
            request.wfile.write(f"X-{number}: a\r\n".encode())
            time.sleep(0.05)


def redirecting(request):
    request.send_response(302)
    request.send_header("Location", "http://169.254.169.254/latest/meta-data/")
    request.send_header("Content-Length", "0")
    request.end_headers()


def bomb():
    packed = gzip.compress(b"some_metric 1\n" * (8 << 20))
    return lambda request: send(request, packed, ("Content-Encoding", "gzip"))


def million():
    """10^6 series of a name that is known, each with a label of its own."""
    return b"".join(b'vllm:num_requests_running{model_name="m",a="%d"} 1\n' % n for n in range(1_000_000))


def long_names():
    name = b"n" * (64 << 10)
    return b"".join(
        b'vllm:num_requests_running{model_name="%s",engine="%d"} 1\n%s%d 1\n' % (name, n, name, n) for n in range(20))


def with_time(page, milliseconds):
    return b"".join(
        line if line.startswith(b"#") else line.rstrip(b"\n") + b" %d\n" % milliseconds for line in page.splitlines(True))


def clock(page, shift):
    """The page of an exporter whose clock, and the start of whose process, have jumped."""
    page = with_time(page, int((time.time() + shift) * 1000))
    return re.sub(rb"(?m)^(process_start_time_seconds) \S+", lambda m: b"%s %d" % (m[1], 1.7e9 + shift), page)


def counters(value):
    return b"".join(b'vllm:%s{model_name="odd",engine="0"} %s\n' % (name, value) for name in (
        b"num_requests_running", b"num_requests_waiting", b"generation_tokens_total", b"prompt_tokens_total",
        b"kv_cache_usage_perc"))


ESCAPED = VLLM[0].decode().replace("tiny-llama", ESCAPES).encode()
# What each does, and how `status --json` says so: of a dead target, of an odd one, or nothing, because a page may say it.
BAD = {
    "/html": (b"<!DOCTYPE html><html><body>Sign in</body></html>", "dead", "HTML"),
    "/json": (b'{"serve_mode": "chat"}', "dead", "JSON"),
    "/truncated": (truncated, "dead", "before its answer is whole"),
    "/endless": (endless, "dead", "more than|within"),
    "/slow": (slow, "dead", "within|HTTP"),
    "/bomb": (bomb, "dead", "gzip of more than"),
    "/redirect": (redirecting, "dead", "redirects to http://169.254.169.254/.*not followed"),
    "/million": (million, "dead odd", "within|more than|4096|repeats|limit"),
    "/names": (long_names, None, None),
    "/escapes": (ESCAPED, None, None),
    "/clock": (lambda: turning(*(clock(HOST[0], shift) for shift in (0, -86_400 * 400, 86_400 * 400))), None, None),
    "/nan": (lambda: turning(counters(b"NaN"), counters(b"-5"), counters(b"+Inf"), counters(b"-1e308")), None, None),
    "/shape": (lambda: turning(VLLM[0], DCGM, HOST[0], b"up 1\n", b""), None, None),
}


def routes():
    made = {}
    for path, (body, _, _) in BAD.items():
        made[path] = body() if body in (bomb, million, long_names) or path in ("/clock", "/nan", "/shape") else body
    return made


def memory(pid):
    """(peak address space, peak in memory) of a process. Unit: bytes."""
    with open(f"/proc/{pid}/status") as lines:
        words = dict(line.split(":", 1) for line in lines)
    return tuple(int(words[key].split()[0]) << 10 for key in ("VmPeak", "VmHWM"))


def scrape(*urls):
    return [word for url in urls for word in ("--scrape", url)]


def under(limit, *args):
    """The program in so much address space."""
    return ["bash", "-c", f'ulimit -v {limit >> 10} && exec "$0" "$@"', BINARY, *args]


def plain(text):
    return not [c for c in text if (c < " " and c not in "\n") or "\x7f" <= c <= "\x9f" or c in "\u202e\u200b\u2066"]


def test_every_bad_input_at_once_beside_healthy_targets_in_bounded_memory():
    healthy = {"/vllm": Healthy(*VLLM), "/dcgm": Healthy(DCGM), "/host": Healthy(*HOST)}
    with Home() as home, serve({**healthy, **routes()}) as url:
        good = [url + path for path in healthy]
        everyone = scrape(*good, *(url + path for path in BAD))
        with Session(*scrape(*good), "--interval", "1", home=home) as session:
            session.expect(*PANELS).expect("ok, 3 targets").watch(3)
            need, resident = memory(session.program.pid)
            session.quit()
        limit = need + ROOM
        with Session(*everyone, "--interval", "1", home=home, program=under(limit), size="160x50") as session:
            session.expect(*PANELS).expect_re(r"TRUST \d+/16 up!")
            began = time.monotonic()
            session.watch(25)
            for path, target in healthy.items():
                late = max(target.gaps(began))
                check(late < 4, f"{path} was not asked for {late:.1f} s, at an interval of 1 s")
                check(len(target.gaps(began)) > 12, f"{path} was asked {len(target.gaps(began))} times in 25 s")
            _, first = memory(session.program.pid)
            # The screen names them, and the healthy ones' numbers stand beside.
            session.expect("GPU-Node-07", "tiny-llama")
            session.key("5").expect("Events")
            screen = session.text()
            check(re.search(r"/\w+ (answers|gives|closes|redirects|has)", screen), f"no target is named:\n{screen}")
            session.key("Esc").watch(15)
            _, second = memory(session.program.pid)
            print(f"{need >> 20} MB of addresses and {resident >> 20} MB resident when healthy, {first >> 20} MB and then "
                  f"{second >> 20} MB resident under a limit of {limit >> 20} MB of addresses")
            # A page or two of the largest that are read may be in memory at once, whenever that is.
            check(second - resident < ROOM * 5 // 8, f"{(second - resident) >> 20} MB for what nobody needs")
            session.quit()
        # The same in one look, and one for a program that reads it.
        done = run("-c", f'ulimit -v {limit >> 10} && exec "$0" "$@"', BINARY, "status", "--json", "--interval", "1",
                   *everyone, home=home, binary="bash")
        check(plain(done.stdout), f"hostile characters in {done.stdout!r}")
        report = json.loads(done.stdout)
        said = {kind: {row["target"].split("/", 1)[1]: row[word] for row in report[key]}
                for kind, key, word in (("dead", "dead_targets", "reason"), ("odd", "odd_targets", "remark"))}
        for path, (_, kinds, words) in BAD.items():
            if kinds:
                text = next((said[kind][path[1:]] for kind in kinds.split() if path[1:] in said[kind]), None)
                check(text and re.search(words, text), f"{path}: no {words!r} in {text!r}")
        for path in healthy:
            check(path[1:] not in said["dead"], f"{path} is said to be dead: {said['dead']}")
        # What is no number is unknown, and so is less than nothing: neither reaches a sum.
        waiting = report["queue"]["inference_waiting"]
        check(waiting is None or waiting >= total(VLLM[1], "vllm:num_requests_waiting"), str(report["queue"]))
        for rate in report["tokens_per_second"].values():
            check(rate is None or 0 <= rate < 1e9, str(report["tokens_per_second"]))


def test_a_single_bad_target_cannot_hide_what_the_others_say():
    """Counters that are none, a clock that jumps and a target that is another one each time: one at a time."""
    for path in ("/nan", "/clock", "/shape"):
        bad = {path: BAD[path][0]()}
        with Home() as home, serve({"/vllm": Healthy(*VLLM), path: bad[path]}) as url:
            report = json.loads(run("status", "--json", "--interval", "1", *scrape(url + "/vllm", url + path), home=home).stdout)
            if path == "/nan":
                check([row["remark"] for row in report["odd_targets"]] in (
                    [], ["answers series that are known, none with a number that can be"]), str(report["odd_targets"]))
            rates = report["tokens_per_second"].values()
            check(all(rate is None or 0 <= rate < 1e9 for rate in rates), f"{path}: {report['tokens_per_second']}")
            with Session(*scrape(url + "/vllm", url + path), "--interval", "0.5", home=home) as session:
                session.expect(*PANELS).expect("tiny-llama").watch(4)
                check(not re.search(r"-\d+ tok/s|\b(nan|inf)\b|[1-9]\d{11}", session.text().replace("/nan", "")),
                      f"{path}: a number that is none:\n{session.text()}")
                # One that is odd at each poll is one line, not a line each time.
                check(len(re.findall(rf"{path} answers.* series", session.text())) <= 1, session.text())
                session.quit()
