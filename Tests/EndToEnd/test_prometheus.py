# SPDX-License-Identifier: Apache-2.0
"""Real Prometheus, pushgateway and Alertmanager: what is read through them is what the targets say themselves."""
import contextlib
import json
import re
import ssl
import subprocess
import time
import urllib.parse
import urllib.request

from harness import PANELS, Home, Session, check, fixture, run, serve, total
from test_live import endless, fetch, free_port, listening, node_exporter, samples
from test_tls import Authority

VLLM = tuple(fixture(f"vllm-0.32.0/t{n}.txt") for n in (0, 1))
DCGM = fixture("documented-dcgm-exporter/t1.txt")
GAUDI = fixture("documented-gaudi/t0.txt")
# The recorded pages' growth is spread over so many seconds.
SPAN = 4.0


def growing(before, after, start):
    """A route whose counters grow evenly from the first recorded page on, for as long as it is asked."""
    old = samples(before)
    lines = []
    for line in after.decode().splitlines():
        match = re.match(r'([a-zA-Z_:][\w:]*)(\{.*\})?\s+(\S+)', line)
        key = (match[1], match[2] or "") if match and not line.startswith("#") else None
        grows = key and re.search(r"_(total|bucket|count|sum)$", key[0]) and key in old
        lines.append((line, key, old[key] if grows else None, float(match[3]) - old[key] if grows else 0))

    def answer(request):
        share = (time.monotonic() - start) / SPAN
        text = "".join(
            (line if base is None else f"{key[0]}{key[1]} {base + step * share!r}") + "\n" for line, key, base, step in lines)
        body = text.encode()
        request.send_response(200)
        request.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return answer


def is_ready(url, process, within=30, trust=None):
    end = time.monotonic() + within
    while process.poll() is None and time.monotonic() < end:
        with contextlib.suppress(OSError):
            if trust is None:
                fetch(url)
            else:
                urllib.request.urlopen(url, timeout=5, context=trust).close()
            return True
        time.sleep(0.05)
    return False


@contextlib.contextmanager
def daemon(program, *arguments, ready, trust=None):
    """A program of Debian's on a free port, which stands for {port}; gives its URL and process. `trust`: it speaks TLS."""
    for _ in range(3):
        port = free_port()
        process = subprocess.Popen(
            [program, *(a.format(port=port) for a in arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        url = f"{'https' if trust else 'http'}://127.0.0.1:{port}"
        try:
            if is_ready(url + ready, process, trust=trust):
                yield url, process
                return
        finally:
            process.kill()
            process.wait()
    raise AssertionError(f"{program} does not answer (package {program})")


@contextlib.contextmanager
def pushgateway():
    with daemon(
            "prometheus-pushgateway", "--web.listen-address=127.0.0.1:{port}", "--persistence.file=",
            ready="/-/ready") as (url, _):
        yield url


@contextlib.contextmanager
def alertmanager(home):
    (home.path / "alertmanager.yml").write_text("route: {receiver: nobody, group_wait: 1s}\nreceivers: [{name: nobody}]\n")
    with daemon(
            "prometheus-alertmanager", f"--config.file={home.path}/alertmanager.yml", f"--storage.path={home.path}/am",
            "--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address=", ready="/-/ready") as (url, _):
        yield url


@contextlib.contextmanager
def prometheus(home, jobs, manager=None, pair=None, trust=None):
    """`jobs`: name -> (host:port, path, further lines of its configuration). `pair`: certificate and key, for TLS."""
    (home.path / "rules.yml").write_text("""groups:
- name: g
  rules:
  - {alert: Waiting, expr: 'vllm:num_requests_waiting > 0', labels: {severity: critical}}
  - {alert: Hot, expr: 'DCGM_FI_DEV_GPU_TEMP{gpu="0"} > 0', labels: {severity: warning}}
  - {alert: Watchdog, expr: vector(1), labels: {severity: none}}
""")
    config = "global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}\nrule_files: [rules.yml]\n"
    if manager:
        config += f"alerting: {{alertmanagers: [{{static_configs: [{{targets: ['{manager.removeprefix('http://')}']}}]}}]}}\n"
    config += "scrape_configs:\n"
    for name, (place, path, more) in jobs.items():
        config += f"- {{job_name: {name}, metrics_path: {path}, static_configs: [{{targets: ['{place}']}}]{more}}}\n"
    (home.path / "prometheus.yml").write_text(config)
    more = []
    if pair:
        (home.path / "web.yml").write_text(f"tls_server_config: {{cert_file: {pair[0]}, key_file: {pair[1]}}}\n")
        more = [f"--web.config.file={home.path}/web.yml"]
    with daemon(
            "prometheus", *more, f"--config.file={home.path}/prometheus.yml", f"--storage.tsdb.path={home.path}/tsdb",
            "--web.listen-address=127.0.0.1:{port}", "--log.level=error", ready="/-/ready", trust=trust) as found:
        yield found


def remember(home, seconds):
    """Gives a server that has not started yet a past: one engine that made 30 tokens a second."""
    now = int(time.time())
    name = "vllm:generation_tokens"
    lines = [f"# TYPE {name} counter"]
    for at in range(now - seconds, now - 400, 15):
        lines.append(f'{name}_total{{model_name="tiny-llama",engine="0",job="old",instance="old:8000"}} {30 * (at - now + seconds)} {at}')
    (home.path / "past.om").write_text("\n".join(lines + ["# EOF", ""]))
    subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", home.path / "past.om", home.path / "tsdb"],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def asked(url, expression):
    """The number of the first series; None without one."""
    with urllib.request.urlopen(f"{url}/api/v1/query?query={urllib.parse.quote(expression)}", timeout=10) as answer:
        result = json.load(answer)["data"]["result"]
    return float(result[0]["value"][1]) if result else None


def until(condition, what, within=20):
    end = time.monotonic() + within
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.1)
    check(False, f"not within {within} s: {what}")


def silence(manager, by, comment):
    body = {"matchers": [{"name": "alertname", "value": "Waiting", "isRegex": False, "isEqual": True}],
            "startsAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 10)),
            "endsAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600)),
            "createdBy": by, "comment": comment}
    request = urllib.request.Request(
        manager + "/api/v2/silences", json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10):
        pass


def status(home, *flags):
    return json.loads(run("status", "--json", *flags, home=home).stdout)


def near(got, wanted, share, what):
    check(got is not None and abs(got - wanted) <= share * abs(wanted), f"{what}: {got} and {wanted}")


def test_numbers_through_prometheus_are_those_of_the_targets_themselves():
    start = time.monotonic()
    routes = {"/vllm": growing(*VLLM, start), "/dcgm": DCGM}
    with Home() as home, serve(routes) as base, node_exporter() as (node, process), pushgateway() as gate:
        push = urllib.request.Request(gate + "/metrics/job/gaudi/instance/box-7:41611", GAUDI, method="PUT")
        urllib.request.urlopen(push, timeout=10).close()
        place = base.removeprefix("http://")
        jobs = {"vllm": (place, "/vllm", ""), "dcgm": (place, "/dcgm", ""),
                "node": (node.removeprefix("http://").removesuffix("/metrics"), "/metrics", ""),
                "push": (gate.removeprefix("http://"), "/metrics", ", honor_labels: true")}
        with prometheus(home, jobs) as (url, server):
            until(lambda: (asked(url, "count_over_time(vllm:num_requests_waiting[1m])") or 0) >= 4, "four scrapes")
            direct = status(home, "--interval", "2", *(f for t in (base + "/vllm", base + "/dcgm", node, gate + "/metrics")
                                                     for f in ("--scrape", t)))
            through = status(home, "--interval", "2", "--prometheus", url)
            for kind in ("decode", "prefill"):
                near(through["tokens_per_second"][kind], direct["tokens_per_second"][kind], 0.1, kind)
            made = total(VLLM[1], "vllm:generation_tokens_total") - total(VLLM[0], "vllm:generation_tokens_total")
            near(through["tokens_per_second"]["decode"], made / SPAN, 0.1, "decode and the pages' own growth")
            for part in ("nodes", "queue", "allocation", "dead_targets"):
                check(through[part] == direct[part], f"{part}: {through[part]}, but direct {direct[part]}")
            done = run("doctor", "--prometheus", url, home=home).stdout
            check(re.search(r"^ok +prometheus +127.0.0.1:\d+ answers, version 2\.", done, re.M), done)
            check("dcgm, gaudi, node_exporter, pushgateway, vllm" in done and "4 of 4 targets up" in done, done)
            check("more target" not in done, done)
            # A target that dies is down, with the server's own reason.
            process.kill()
            until(lambda: asked(url, 'up{job="node"}') == 0, "up is 0")
            report = status(home, "--interval", "1", "--prometheus", url)
            dead = report["dead_targets"]
            check(len(dead) == 1 and node.split("/")[2] == dead[0]["target"], str(dead))
            check(re.search(r"cannot be scraped by Prometheus, up is 0 since \d\d:\d\d:\d\dZ: .*connection refused",
                            dead[0]["reason"]), dead[0]["reason"])
            near(report["tokens_per_second"]["decode"], made / SPAN, 0.1, "decode beside a dead target")
            server.kill()
            server.wait()
            done = run("status", "--interval", "0.5", "--prometheus", url, home=home, status=69)
            check("refuses the connection" in done.stderr, done.stderr)


def test_alerts_and_silences_are_told_once_and_graphs_begin_with_a_past():
    start = time.monotonic()
    routes = {"/vllm": growing(*VLLM, start), "/dcgm": DCGM}
    with Home() as home, serve(routes) as base, alertmanager(home) as manager:
        place = base.removeprefix("http://")
        remember(home, 7000)
        with prometheus(home, {"vllm": (place, "/vllm", ""), "dcgm": (place, "/dcgm", "")}, manager) as (url, _):
            until(lambda: asked(url, 'ALERTS{alertname="Waiting",alertstate="firing"}'), "the alert fires")
            # Names are asked for rarely: both targets must be there at the first look.
            until(lambda: asked(url, "count(DCGM_FI_DEV_GPU_TEMP)"), "a scrape of the other target")
            home.write_config(
                f"plant: par1\nsources:\n  - prometheus: {{url: '{url}', interval: 1, alertmanager: '{manager}'}}\n")
            check("no mistakes found" in run("config", "check", home=home).stdout, "config check")
            done = run("doctor", home=home).stdout
            check(re.search(r"^ok +prometheus +alertmanager 127.0.0.1:\d+ answers, 0 silences", done, re.M), done)
            with Session(home=home, size="160x45") as session:
                session.expect(*PANELS).expect_re(r"^ LIVE par1 .*prometheus +\d+s")
                session.expect("TRUST ok, 2 targets").expect("GPU-Node-07")
                # Half an hour of tokens is there at once.
                session.until(lambda text: len(re.findall("[\u2801-\u28ff]", text)) > 60, "graphs begin with a past", 15)
                session.expect_re(r"PAGE +Waiting \S+")
                session.expect_re(r"ALERT +Hot warning GPU-Node-07")
                check("Watchdog" not in session.text(), "an alert that always fires is told")
                until(lambda: json.loads(fetch(manager + "/api/v2/alerts")), "the alert is at Alertmanager")
                silence(manager, "anna", "new weights, back at five")
                row = session.expect_re(r"ALERT +Waiting critical .*, silenced by anna until \d\d:\d\d:\d\dZ: new weights")
                check(row, "who silenced it")
                check(session.text().count("PAGE") == 1, "an alert is told more than once")
                routes["/vllm"] = re.sub(rb"(?m)^(vllm:num_requests_waiting\{.*\}) .*$", rb"\1 0", VLLM[1])
                session.expect_re(r"ALERT +Waiting critical \S+ ended after \d+ s")
                session.quit()


def answers(url, handler):
    """How often the server answered a path of its API, by status."""
    found = {}
    for (name, labels), value in samples(fetch(url + "/metrics")).items():
        if name == "prometheus_http_requests_total" and f'handler="{handler}"' in labels:
            found[re.search(r'code="(\d+)"', labels)[1]] = value
    return found


def test_the_real_server_understands_every_expression_of_the_catalogue():
    """The pages of all products: no question about the present or the past may be one that the server refuses."""
    pages = {"vllm": VLLM[1], "dcgm": DCGM, "node": fixture("node_exporter-1.5.0/t1.txt"),
             "dynamo": fixture("dynamo-1.6.1/frontend-t1.txt"), "ray": fixture("documented-ray-llm/t1.txt")}
    for name in ("sglang", "tgi", "triton", "trtllm", "amd-device-metrics", "gaudi", "nim", "llamacpp"):
        pages[name] = fixture(f"documented-{name}/t0.txt")
    with Home() as home, serve({f"/{name}": page for name, page in pages.items()}) as base:
        place = base.removeprefix("http://")
        with prometheus(home, {name: (place, f"/{name}", "") for name in pages}) as (url, _):
            until(lambda: asked(url, "count(up == 1)") == len(pages), "all targets are up")
            with Session("--prometheus", url, "--interval", "1", home=home, size="160x45") as session:
                session.expect(*PANELS).expect(f"TRUST ok, {len(pages)} targets")
                counts = []

                def is_over(_):
                    counts.append(sum(answers(url, "/api/v1/query_range").values()))
                    return counts[-1] >= 25 and counts[-10:] == counts[-1:] * 10

                session.until(is_over, "all of the past is asked for")
                for handler in ("/api/v1/query", "/api/v1/query_range", "/api/v1/label/:name/values"):
                    codes = answers(url, handler)
                    check(set(codes) == {"200"}, f"{handler} is answered with {codes} ({counts[-1]} of the past)")
                session.quit()


ERROR = json.dumps({"status": "error", "errorType": "execution", "error": "too many samples"}).encode()


def test_a_server_that_is_none_is_one_sentence_within_seconds():
    def refusing(request):
        request.send_response(422)
        request.send_header("Content-Length", str(len(ERROR)))
        request.end_headers()
        request.wfile.write(ERROR)

    names = "/api/v1/label/__name__/values"

    class Any(dict):
        """One answer, whatever the query."""

        def __init__(self, route):
            self.route = route

        def get(self, path, default=None):
            return self.route if path.startswith(names) else default

    cases = [(refusing, r"refuses the query \(HTTP 422, execution\): too many samples"), (None, "404.*/api"),
             (b"<html>Sign in</html>", "HTML"), (b'{"status":"success","data":["up"', "damaged or cut off"),
             (b'{"status":"success","data":{"a":1}}', "not of Prometheus' API at data"), (b"", "nothing"),
             (b'{"status":"success","data":["up","go_goroutines"]}', "no metric that is known"), (endless, "text|MiB|KiB|within")]
    with Home() as home:
        for route, words in cases:
            with serve(Any(route)) as url:
                begun = time.monotonic()
                done = run("status", "--interval", "0.5", "--prometheus", url, home=home, status=69, timeout=60)
                check(re.search(words, done.stderr), f"no {words!r} in {done.stderr!r}")
                check(url.split("//")[1] in done.stderr and len(done.stderr.strip().splitlines()) == 1, done.stderr)
                check(time.monotonic() - begun < 25, f"{words}: it hung for {time.monotonic() - begun:.0f} s")
        with listening(None) as silent:
            home.write_config(
                f"sources:\n  - prometheus: {{url: '{silent.removesuffix('/metrics')}', timeout: 1}}\n")
            check("no whole answer within 1 s" in run("status", home=home, status=69).stderr, "a server that says nothing")


def test_doctor_counts_targets_that_never_gave_anything_and_refuses_a_server_without_use():
    routes = {"/vllm": growing(*VLLM, time.monotonic()), "/other": b"other_total 1\n"}
    with Home() as home, serve(routes) as base:
        place = base.removeprefix("http://")
        # Nobody listens on the discard port.
        jobs = {"vllm": (place, "/vllm", ""), "away": ("127.0.0.1:9", "/metrics", "")}
        with prometheus(home, jobs) as (url, _):
            until(lambda: asked(url, 'up{job="away"}') == 0, "up is 0")
            until(lambda: asked(url, "vllm:num_requests_waiting") is not None, "a scrape")
            done = run("doctor", "--prometheus", url, home=home).stdout
            check("1 of 1 target up" in done, done)
            check("1 more target of the server is down and gave nothing that is known: 127.0.0.1:9" in done, done)
            checks = json.loads(run("doctor", "--json", "--prometheus", url, home=home).stdout)["checks"]
            check(all(one["area"] for one in checks), checks)
    with Home() as home, serve(routes) as base:
        with prometheus(home, {"other": (base.removeprefix("http://"), "/other", "")}) as (url, _):
            until(lambda: asked(url, "other_total") == 1, "a scrape")
            done = run("doctor", "--prometheus", url, home=home, status=69).stdout
            check("has no metric that is known, so that nothing would be shown" in done, done)


def test_a_server_behind_tls_is_believed_as_a_target_is():
    with Home() as home, serve({"/vllm": growing(*VLLM, time.monotonic())}) as base:
        authority = Authority(home.path, "ours")
        trust = ssl.create_default_context(cafile=str(authority.file))
        trust.check_hostname = False
        jobs = {"vllm": (base.removeprefix("http://"), "/vllm", "")}
        pair = authority.sign("server", "DNS:prometheus.example.com")
        with prometheus(home, jobs, pair=pair, trust=trust) as (url, _):
            def configured(tls):
                home.write_config(f"sources:\n  - prometheus: {{url: '{url}', interval: 1{tls}}}\n")

            def refused(words):
                done = run("status", "--interval", "0.5", home=home, status=69)
                check(words in done.stderr, f"no {words!r}: {done.stderr!r}")

            configured("")
            refused("this host does not trust: name who signed it in tls.ca_file")
            configured(f", tls: {{ca_file: {authority.file}}}")
            refused("has a certificate for prometheus.example.com, not for 127.0.0.1")
            configured(f", tls: {{ca_file: {authority.file}, server_name: prometheus.example.com}}")
            check("no mistakes found" in run("config", "check", home=home).stdout, "config check")

            def scraped():
                with urllib.request.urlopen(f"{url}/api/v1/query?query=vllm:num_requests_waiting", context=trust) as answer:
                    return json.load(answer)["data"]["result"]

            until(scraped, "a scrape")
            report = json.loads(run("status", "--json", "--interval", "1", home=home).stdout)
            check(len(report["classes"]) == 1 and report["dead_targets"] == [], report)
            check("1 of 1 target up" in run("doctor", home=home).stdout, "the doctor does not use tls")
            configured(", tls: {ca_file: /nowhere.pem}")
            done = run("config", "check", home=home, status=65).stderr
            check("config.yaml:2: sources[0].prometheus.tls" in done and "/nowhere.pem: No such file" in done, done)
