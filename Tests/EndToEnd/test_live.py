# SPDX-License-Identifier: Apache-2.0
"""Live plants: real and recorded pages fill the dashboard with their own numbers; broken and hostile ones cost a sentence."""
import base64
import contextlib
import json
import re
import socket
import subprocess
import threading
import time
import urllib.request

from harness import PANELS, Home, Session, check, fixture, pages, run, samples, serve, total

VLLM = tuple(fixture(f"vllm-0.32.0/t{n}.txt") for n in (0, 1))
DCGM = fixture("documented-dcgm-exporter/t1.txt")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def fetch(url):
    with urllib.request.urlopen(url, timeout=20) as answer:
        return answer.read()


@contextlib.contextmanager
def node_exporter():
    """Debian's real exporter on a free port."""
    for _ in range(5):
        port = free_port()
        process = subprocess.Popen(
            ["prometheus-node-exporter", f"--web.listen-address=127.0.0.1:{port}"], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        url = f"http://127.0.0.1:{port}/metrics"
        try:
            until = time.monotonic() + 20
            while process.poll() is None and time.monotonic() < until:
                with contextlib.suppress(OSError):
                    fetch(url)
                    yield url, process
                    return
                time.sleep(0.05)
        finally:
            process.kill()
            process.wait()
    raise AssertionError("prometheus-node-exporter does not answer (package prometheus-node-exporter)")


class Timed:
    """Recorded pages served in turn, and when each was asked for."""

    def __init__(self, *bodies):
        self.route, self.times = pages(*bodies), []

    def __call__(self, request):
        self.times.append(time.monotonic())
        self.route(request)


def scrape(*urls):
    return [word for url in urls for word in ("--scrape", url)]


def quantile(before, after, name, share):
    """A quantile of what was observed between two pages, as Prometheus interpolates it."""
    counts = {}
    for (metric, labels), value in samples(after).items():
        if metric == name + "_bucket":
            bound = float(re.search(r'le="([^"]+)"', labels)[1].replace("+Inf", "inf"))
            counts[bound] = counts.get(bound, 0) + value - samples(before).get((metric, labels), 0)
    rank, low, below = share * max(counts.values()), 0.0, 0.0
    for bound in sorted(counts):
        if counts[bound] >= rank and counts[bound] > below:
            return low if bound == float("inf") else low + (bound - low) * (rank - below) / (counts[bound] - below)
        low, below = bound, counts[bound]


def near(got, wanted, share, what):
    check(abs(got - wanted) <= share * abs(wanted), f"{what}: {got}, but the pages say {wanted}")


def deltas():
    """(generated, computed prompt tokens, all prompt tokens) between the two recorded pages."""
    def grew(name, *labels):
        return total(VLLM[1], name, *labels) - total(VLLM[0], name, *labels)
    return (grew("vllm:generation_tokens_total"),
            grew("vllm:prompt_tokens_by_source_total", 'source="local_compute"'), grew("vllm:prompt_tokens_total"))


def test_status_of_recorded_pages_says_their_own_numbers():
    vllm = Timed(*VLLM)
    with Home() as home, serve({"/vllm": vllm, "/dcgm": DCGM, "/sound": DCGM.replace(b"} 79", b"} 0")}) as url:
        report = json.loads(run("status", "--json", "--interval", "2", *scrape(url + "/vllm", url + "/dcgm"), home=home).stdout)
        generated, computed, _ = deltas()
        tokens = report["tokens_per_second"]
        check(abs(tokens["prefill"] / tokens["decode"] - computed / generated) < 1e-6, f"prefill to decode: {tokens}")
        near(tokens["decode"], generated / (vllm.times[1] - vllm.times[0]), 0.1, "decode")
        check(report["queue"]["inference_waiting"] == total(VLLM[1], "vllm:num_requests_waiting"), str(report["queue"]))
        served = {row["name"]: row for row in report["classes"]}["tiny-llama"]
        answered = total(VLLM[1], "vllm:request_success_total") - total(VLLM[0], "vllm:request_success_total")
        near(served["answered"], answered / (vllm.times[1] - vllm.times[0]), 0.1, "answered")
        check(served["failed"] == 0 and served["refused"] == 0 and served["draft_acceptance"] is None, str(served))
        check(report["source"] == "live" and report["nodes"]["total"] >= 1, str(report["nodes"]))
        check(sum(report["allocation"][part] for part in ("training", "inference", "in_transit", "spare", "failed"))
              == report["nodes"]["total"], f"the allocation does not sum: {report}")
        check(report["queue"]["training_pending"] is None, "training_pending is invented")
        check(report["dead_targets"] == [], str(report["dead_targets"]))
        # A GPU that fell off the bus is a failure where no engine answers: the one thing that DCGM says of a node.
        report = json.loads(run("status", "--json", "--interval", "0.5", *scrape(url + "/dcgm"), home=home).stdout)
        check(report["nodes"]["failed"] == 1 and report["allocation"]["failed"] == 1, str(report))
        # What no page says is null, never 0.
        report = json.loads(run("status", "--json", "--interval", "0.5", *scrape(url + "/sound"), home=home).stdout)
        check(report["nodes"].pop("total") == 1, str(report))
        for part in ("nodes", "queue", "tokens_per_second", "allocation"):
            check(set(report[part].values()) == {None}, f"invented: {part} {report[part]}")
        people = run("status", "--interval", "0.5", *scrape(url + "/sound"), home=home).stdout
        check(re.search(r"^decode +-$", people, re.M) and re.search(r"^allocation spare +-$", people, re.M), people)


def test_the_dashboard_shows_the_numbers_of_recorded_pages():
    vllm = Timed(*VLLM)
    with Home() as home, serve({"/vllm": vllm, "/dcgm": DCGM}) as url:
        with Session(*scrape(url + "/vllm", url + "/dcgm"), "--interval", "4", home=home) as session:
            session.expect(*PANELS).expect_re(r"^ LIVE live .*scrape \d+s")
            decode = session.expect_re(r"decode +(\d+)  ")
            prefill = session.expect_re(r"prefill +(\d+) uncached, cache hit (\d+)%")
            generated, computed, prompt = deltas()
            apart = vllm.times[1] - vllm.times[0]
            near(int(decode[1]), generated / apart, 0.15, "decode")
            near(int(prefill[1]), computed / apart, 0.15, "prefill")
            check(int(prefill[2]) == round(100 * (1 - computed / prompt)), f"cache hit {prefill[2]} %")
            row = session.expect_re(r"tiny\S* +(\d+) +(\d+|-) +([\d.]+) s +(\d+) ms +(\d+)")
            ttft = quantile(*VLLM, "vllm:time_to_first_token_seconds", 0.95)
            near(float(row[3]), ttft, 0.01, "TTFT p95")
            check(int(row[5]) == round(100 * total(VLLM[1], "vllm:kv_cache_usage_perc")), f"KV {row[5]} %")
            session.expect_re(rf"tiny\S* +{int(total(VLLM[1], 'vllm:num_requests_waiting'))} +-")
            # DCGM: the node's row, then its GPUs.
            use = [v for (n, _), v in samples(DCGM).items() if n == "DCGM_FI_DEV_GPU_UTIL"]
            power = total(DCGM, "DCGM_FI_DEV_POWER_USAGE") / 1000
            row = session.expect_re(rf"GPU-Node-07\S* +\S+ +\S+ +(\d+) +(?:\d+ +)?{power:.1f} ")
            check(abs(int(row[1]) - sum(use) / len(use)) <= 1, f"GPU {row[1]} %, the page says {sum(use) / len(use)}")
            session.key("Enter").expect("NODE GPU-Node-07.cluster.local")
            for (name, labels), watts in samples(DCGM).items():
                if name == "DCGM_FI_DEV_POWER_USAGE":
                    gpu = re.search(r'gpu="(\d+)"', labels)[1]
                    session.expect_re(rf"^ {gpu} +\[.* {round(watts)} W ")
            session.expect("HOST  cpu -")
            session.key("Esc").main().expect_re(r"train +- trained tok/s, MFU -")
            session.key("r").expect("PLAN", "no engine is configured", "cannot be confirmed", " LIVE live")
            session.key("y").key("Enter").main()
            check(not home.audit_file("live").exists(), "a live plant has an audit although nothing can act")
            session.quit()


def test_a_real_node_exporter_and_its_death():
    with Home() as home, node_exporter() as (url, process), serve({"/vllm": pages(*VLLM)}) as engine:
        page = fetch(url).decode()
        name = re.search(r'node_uname_info\{.*nodename="([^"]+)"', page)[1]
        values = samples(page.encode())
        free = values[("node_memory_MemAvailable_bytes", "")] / values[("node_memory_MemTotal_bytes", "")]
        with Session(*scrape(url, engine + "/vllm"), "--interval", "1", home=home) as session:
            session.expect(*PANELS).expect_re(r"^ LIVE live .*scrape \d+s +you ")
            session.expect("TRUST ok, 2 targets")
            session.expect_re(rf"│ +{re.escape(name)} ")
            session.key("Enter").expect(f"NODE {name}")
            row = session.expect_re(r"HOST +cpu \[.*\] +(\d+) % +memory \[.*\] +(\d+) %")
            check(0 <= int(row[1]) <= 100, row[0])
            check(abs(int(row[2]) - 100 * (1 - free)) <= 8, f"memory {row[2]} %, the page says {100 * (1 - free):.0f} %")
            session.key("Esc").main()
            process.kill()
            process.wait()
            session.expect("1/2!", "refuses the connection")
            session.expect_re(rf"{re.escape(name)} +STALE ")
            session.expect("TRUST 1/2 up!", "1 stale!")
            session.key("Enter").expect_re(rf"NODE {re.escape(name)} ")
            session.expect_re(r"STALE node_exporter no answer \d\d:\d\d, since \d\d:\d\d")
            session.expect_re(r"HOST +cpu - +memory -$")
            session.key("Esc").main().quit()


def endless(request):
    request.send_response(200)
    request.send_header("Content-Type", "text/plain")
    request.end_headers()
    with contextlib.suppress(OSError):
        while True:
            request.wfile.write(b"some_metric 1\n" * 4096)


def dripping(request):
    request.send_response(200)
    request.send_header("Content-Type", "text/plain")
    request.end_headers()
    with contextlib.suppress(OSError):
        while True:
            request.wfile.write(b"m")
            request.wfile.flush()
            time.sleep(0.1)


def redirecting(request):
    request.send_response(302)
    request.send_header("Location", "/good")
    request.send_header("Content-Length", "0")
    request.end_headers()


def failing(request):
    request.send_error(500)


def cut(request):
    request.send_response(200)
    request.send_header("Content-Length", "100000")
    request.end_headers()
    request.wfile.write(b"vllm:num_requests_running 1\n")
    request.wfile.flush()
    request.connection.shutdown(socket.SHUT_RDWR)


ROUTES = {
    "/endless": (endless, "more than|within"), "/drip": (dripping, "within"), "/redirect": (redirecting, "redirect"),
    "/500": (failing, "500"), "/cut": (cut, "whole"),
    "/html": (b"<!DOCTYPE html><html><body>Sign in</body></html>", "HTML|metrics"),
    "/binary": (bytes(range(256)) * 64, "metrics|binary|text"), "/empty": (b"", "metrics|empty|nothing"),
    "/nothing": (None, "404"),
}


@contextlib.contextmanager
def listening(answer):
    """A TCP server: None takes the connection and says nothing, bytes are sent and the connection closed."""
    server = socket.create_server(("127.0.0.1", 0), backlog=64)
    held, done = [], threading.Event()

    def loop():
        while not done.is_set():
            with contextlib.suppress(OSError):
                connection, _ = server.accept()
                held.append(connection)
                if answer is not None:
                    connection.sendall(answer)
                    connection.close()

    threading.Thread(target=loop, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/metrics"
    finally:
        done.set()
        server.close()
        for connection in held:
            connection.close()


def test_each_broken_endpoint_ends_status_with_69_and_its_reason():
    served = {path: route for path, (route, _) in ROUTES.items() if route is not None}
    served["/good"] = DCGM
    with Home() as home, serve(served) as url, listening(None) as silent, listening(b"220 smtp ready\r\n") as other:
        cases = [(url + path, words) for path, (_, words) in ROUTES.items()]
        cases += [(f"http://127.0.0.1:{free_port()}/metrics", "refuses"), (silent, "within"), (other, "HTTP|closes"),
                  ("http://no-such-host.invalid/metrics", "resolve|reached|within")]
        for target, words in cases:
            start = time.monotonic()
            done = run("status", "--interval", "1", "--scrape", target, home=home, status=69, timeout=60)
            check(re.search(words, done.stderr), f"{target}: no {words!r} in {done.stderr!r}")
            check(target.split("//")[1].split("/")[0] in done.stderr, f"{target} is not named: {done.stderr!r}")
            check(len(done.stderr.strip().splitlines()) == 1, f"{target}: not one sentence: {done.stderr!r}")
            check("0 waiting" not in done.stdout, f"{target}: an unknown reads 0: {done.stdout}")
            check(time.monotonic() - start < 30, f"{target}: it hung for {time.monotonic() - start:.0f} s")
        # One good target among them: the plant answers, and the dead are listed.
        everyone = [target for target, _ in cases]
        report = json.loads(run("status", "--json", "--interval", "1", *scrape(*everyone, url + "/good"), home=home).stdout)
        check(report["nodes"]["total"] == 1 and len(report["dead_targets"]) == len(everyone), str(report))


def test_the_dashboard_stays_quick_while_targets_hang():
    served = {path: route for path, (route, _) in ROUTES.items() if route is not None}
    served["/good"] = DCGM
    with Home() as home, serve(served) as url, listening(None) as silent:
        targets = [url + path for path in ROUTES] + [silent, f"http://127.0.0.1:{free_port()}/metrics", url + "/good"]
        with Session(*scrape(*targets), "--interval", "1", home=home) as session:
            session.expect(*PANELS).expect(f"TRUST 1/{len(targets)} up!").expect("GPU-Node-07")
            for key, text in (("?", "KEYS of"), ("Esc", "Allocation sum"), ("p", "FROZEN")):
                start = time.monotonic()
                session.key(key).expect(text)
                check(time.monotonic() - start < 3, f"{key} took {time.monotonic() - start:.1f} s")
            session.key("p").gone("FROZEN")
            start = time.monotonic()
            session.quit()
            check(time.monotonic() - start < 5, "quitting waits for targets that hang")
        with Session("--scrape", silent, "--interval", "1", home=home) as session:
            session.expect("DEAD!", "never answered", "scrape never!").quit()


HOSTILE = "ev\x1b]0;owned\x07\x1b[2J\u202eli\u200bve\u2066\x9b31m"


def test_hostile_names_never_reach_the_terminal_as_they_are():
    name = HOSTILE + "\\n\\\"x\\\\"
    page = fixture("vllm-0.32.0/t0.txt").decode().replace("tiny-llama", name).encode()
    gpus = DCGM.decode().replace("GPU-Node-07.cluster.local", name).replace("NVIDIA H100 80GB HBM3", name).encode()
    host = fixture("node_exporter-1.5.0/t0.txt").decode()
    host = re.sub(r'nodename="[^"]*"', lambda _: f'nodename="{name}2"', host).encode()
    with Home() as home, serve({"/v": page, "/d": gpus, "/n": host}) as url:
        targets = scrape(url + "/v", url + "/d", url + "/n")
        for output in (run("status", "--interval", "0.5", *targets, home=home).stdout,
                       run("status", "--json", "--interval", "0.5", *targets, home=home).stdout,
                       run("status", "--interval", "0.5", "--scrape", "http://127.0.0.1:1/%1b%5b2J", home=home, status=69).stderr):
            bad = [c for c in output if (c < " " and c != "\n") or "\x7f" <= c <= "\x9f" or c in "\u202e\u200b\u2066"]
            check(not bad, f"hostile characters in the output: {bad!r}")
        with Session(*targets, "--interval", "1", home=home) as session:
            session.expect(*PANELS).expect("ev").expect_re(r"TRUST ok|TRUST 3/3")
            for keys, text in ((("Enter",), "NODE ev"), (("Esc",), "Allocation sum"), (("j", "Enter"), "NODE"),
                               (("Esc",), "Allocation sum"), (("r",), "PLAN"), (("Esc",), "Allocation sum"),
                               (("/",), "filter"), (("e", "v", "Enter"), "/ev"), (("5",), "Events"), (("2",), "Queue")):
                session.key(*keys).expect(text)
            for size in ("80x24", "200x50"):
                session.do("resize", size).expect("Events")
            check(not re.search("[\u202e\u200b\u2066\x80-\x9f]", session.text()), "bidi or C1 characters on the screen")
            check(session.program.screen.title == "", "the terminal's title was set")
            session.quit()


def test_a_target_list_and_a_configuration_name_the_plant():
    with Home() as home, serve({"/d": DCGM}) as url:
        listed = home.path / "targets.txt"
        listed.write_text(f"# gpus\n{url}/d   # the first\n\n{url}/d\n")
        report = json.loads(run("status", "--json", "--targets", listed, "--interval", "0.5", home=home).stdout)
        check(report["nodes"]["total"] == 1, str(report))
        listed.write_text(f"{url}/d\nnonsense://x\n")
        check(f"{listed}:2" in run("status", "--targets", listed, home=home, status=65).stderr, "file and line")
        # A configured plant that does not answer is an error, never a simulation.
        home.write_config("plant: par1\nsources:\n  - scrape: {targets: ['http://127.0.0.1:1/metrics'], interval: 1}\n")
        done = run("status", home=home, status=69)
        check("simulated" not in done.stdout, done.stdout)
        with Session(home=home) as session:
            session.expect(*PANELS).expect("LIVE par1", "refuses the connection").quit()
        check(json.loads(run("status", "--json", "--backend", "simulated", home=home).stdout)["source"] == "simulated",
              "--backend simulated does not open the simulation")
        run("status", "--seed", "3", home=home, status=64)


def test_doctor_and_lint_metrics_say_what_targets_give():
    """The engines of METRICS.md by their documented pages, a real exporter, a dead port and a bad line."""
    sglang = tuple(fixture(f"documented-sglang/t{n}.txt") for n in (0, 1))
    with Home() as home, node_exporter() as (real, _), serve({"/metrics": pages(*sglang)}) as base:
        dead = f"http://127.0.0.1:{free_port()}/metrics"
        done = run("doctor", *scrape(real, f"{base}/metrics", dead), home=home, status=69)
        check("1 x host: " in done.stdout and "processor time" in done.stdout, done.stdout)
        check("1 x sglang engine of qwen3-32b: " in done.stdout and "tokens out" in done.stdout, done.stdout)
        check(re.search(r"^wrong +target +127.0.0.1:\d+: refuses the connection", done.stdout, re.M), done.stdout)
        found = json.loads(run("doctor", "--json", *scrape(real), home=home).stdout)["checks"]
        check([c["verdict"] for c in found if c["area"] == "target"] == ["ok"], found)
        check({"terminal", "locale", "configuration", "state"} <= {c["area"] for c in found}, found)
        asked = run("lint-metrics", real, home=home).stdout
        check("every line is understood" in asked and "gives 1 x host: " in asked, asked)
        page = home.path / "page.txt"
        page.write_bytes(sglang[0] + b"sglang:token_usage{model_name=\"a\"b\"} 1\n")
        asked = run("lint-metrics", page, home=home, status=65).stdout
        check("1 line not understood:" in asked and f"  line {len(sglang[0].splitlines()) + 1}: " in asked, asked)
        run("lint-metrics", dead, home=home, status=69)
        run("lint-metrics", home.path / "none.txt", home=home, status=65)


def test_tokens_and_passwords_come_from_files_and_hold_at_once_when_changed():
    seen = []

    def guarded(request):
        seen.append(request.headers.get("Authorization"))
        allowed = seen[-1] in ("Bearer second-key", "Basic " + base64.b64encode(b"ops:s3cret").decode())
        body = fixture("vllm-0.32.0/t0.txt") if allowed else b"who are you?\n"
        request.send_response(200 if allowed else 401)
        request.send_header("Content-Type", "text/plain")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    with Home() as home, serve({"/metrics": guarded}) as base:
        token, password = home.path / "token", home.path / "password"
        token.write_text("first-key\n")
        source = f"sources:\n  - scrape:\n      targets: ['{base}/metrics']\n"
        config = home.write_config(source + "      bearer_token_file: ../../token\n")
        done = run("doctor", home=home, status=69)
        check(seen[-1] == "Bearer first-key" and "answers HTTP 401: it does not take what " in done.stdout, done.stdout)
        token.write_text("second-key\n")
        check("1 x vllm engine" in run("doctor", home=home).stdout, "the changed token does not hold")
        check("second-key" not in run("doctor", "--json", home=home).stdout, "the token is shown")
        password.write_text("s3cret\n")
        home.write_config(source + "      basic_auth: {user: ops, password_file: ../../password}\n")
        check("1 x vllm engine" in run("doctor", home=home).stdout, "the password does not hold")
        check(json.loads(run("status", "--json", home=home).stdout)["queue"]["inference_waiting"] is not None, "status")
        password.unlink()
        done = run("config", "check", home=home, status=65)
        check(f"{config}:4: sources[0].scrape.credentials: " in done.stderr and "password: No such file" in done.stderr, done.stderr)
        home.write_config(source + "      basic_auth: {user: ops}\n")
        done = run("config", "check", home=home, status=78)
        check(f"{config}:4: " in done.stderr and "password_file" in done.stderr, done.stderr)


def test_a_target_list_that_changes_is_followed_and_a_broken_one_changes_nothing():
    with Home() as home, serve({"/metrics": pages(*VLLM), "/v1/metrics": DCGM}) as base:
        where = base.removeprefix("http://")
        group = {"targets": [where], "labels": {"__metrics_path__": "/metrics"}}
        more = {"targets": [where], "labels": {"__metrics_path__": "/v1/metrics"}}
        listed = home.path / "targets.json"
        listed.write_text(json.dumps([group]))
        with Session("--targets", listed, "--interval", "0.5", home=home) as session:
            session.expect("Allocation", "ok, 1 target")
            listed.write_text(json.dumps([group, more]))
            session.expect("the list of targets has changed: 1 new, 0 gone, 2 in all", "ok, 2 targets")
            listed.write_text("[{")
            session.expect("targets stay as they are: ", "ok, 2 targets")
            listed.write_text(json.dumps([more]))
            session.expect("0 new, 1 gone, 1 in all", "ok, 1 target")
            session.quit()


@contextlib.contextmanager
def pushgateway():
    """Debian's real pushgateway on a free port, with nothing kept."""
    for _ in range(5):
        port = free_port()
        process = subprocess.Popen(
            ["prometheus-pushgateway", f"--web.listen-address=127.0.0.1:{port}", "--persistence.file="], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        url = f"http://127.0.0.1:{port}"
        try:
            until = time.monotonic() + 20
            while process.poll() is None and time.monotonic() < until:
                with contextlib.suppress(OSError):
                    fetch(url + "/-/ready")
                    yield url
                    return
                time.sleep(0.05)
        finally:
            process.kill()
            process.wait()
    raise AssertionError("prometheus-pushgateway does not answer (package prometheus-pushgateway)")


def push(gateway, job, text):
    """What `curl --data-binary @- -X PUT` does."""
    request = urllib.request.Request(f"{gateway}/metrics/job/{job}/instance/n1", data=text.encode(), method="PUT")
    with urllib.request.urlopen(request, timeout=20) as answer:
        check(answer.status == 200, f"the pushgateway answers {answer.status}")


def test_a_training_job_behind_a_real_pushgateway_and_its_silence():
    with Home() as home, pushgateway() as gateway:
        home.write_config(f"""
sources:
  - scrape:
      targets: ["{gateway}/metrics"]
      training_stale: 8
      training:
        - {{ metric: my_tokens_per_second, quantity: tokens_per_second }}
        - {{ metric: my_loss, quantity: loss }}
""")
        push(gateway, "moe-x", "my_tokens_per_second 412345\nmy_loss 2.25\n")
        push(gateway, "sft", "megatron_training_tokens_per_sec 7000\n")
        report = json.loads(run("status", "--json", "--interval", "0.5", home=home).stdout)
        check(report["tokens_per_second"]["trained"] == 419345, str(report["tokens_per_second"]))
        check(report["tokens_per_second"]["trained_age"] is None, "fresh, and yet it says its age")
        jobs = {job["name"]: job for job in report["jobs"]}
        check(set(jobs) == {"moe-x", "sft"} and jobs["moe-x"]["loss"] == 2.25, str(jobs))
        check(jobs["moe-x"]["trained"] == 412345 and jobs["moe-x"]["nodes"] is None, str(jobs))
        with Session(home=home) as session:
            session.expect(*PANELS).expect_re(r"train +419 k trained tok/s, MFU -")
            # Nobody pushes: what was said last stays, with its age.
            session.expect_re(r"stale [0-9]+s")
        report = json.loads(run("status", "--json", "--interval", "0.5", home=home).stdout)
        age = report["tokens_per_second"]["trained_age"]
        check(age is not None and 8 < age < 80 and report["tokens_per_second"]["trained"] == 419345,
              f"a silent pusher is not stale: {report['tokens_per_second']}")
        check("419345 tok/s, " in run("status", "--interval", "0.5", home=home).stdout, "status for people says no age")
        # One that speaks again is fresh.
        push(gateway, "moe-x", "my_tokens_per_second 400000\n")
        report = json.loads(run("status", "--json", "--interval", "0.5", home=home).stdout)
        jobs = {job["name"]: job for job in report["jobs"]}
        check(jobs["moe-x"]["age"] is None and jobs["moe-x"]["trained"] == 400000, str(jobs))
