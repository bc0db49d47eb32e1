# SPDX-License-Identifier: Apache-2.0
"""The daemon as operators and systemd want it: its log, its metrics, its notices, its end."""
import contextlib
import http.client
import json
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

from harness import BINARY, Home, Session, check, pages, run, serve
from test_attach import PLANT, Daemon, attached, shown
from test_live import fetch, free_port
from test_prometheus import is_ready


def until(condition, what, seconds=30):
    end = time.monotonic() + seconds
    while not (found := condition()):
        check(time.monotonic() < end, f"not within {seconds} s: {what}")
        time.sleep(0.05)
    return found


def entries(path):
    """The log's lines; every one must be JSON with the three that each has, in ASCII or harmless letters."""
    found = []
    for line in pathlib.Path(path).read_text().splitlines():
        entry = json.loads(line)
        check(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", entry["time"]), f"the time of {line}")
        check(entry["level"] in ("info", "warning", "error") and entry["message"], f"the level of {line}")
        check(not re.search(r"[\x00-\x1f\x7f-\x9f\u202e]", line), f"what steers a terminal is in {line!r}")
        found.append(entry)
    return found


def messages(path):
    return [entry["message"] for entry in entries(path)]


def page_of(daemon):
    """Where the daemon says that its metrics are."""
    return re.search(rb"^metrics on (http://\S+)$", daemon.said(), re.M)[1].decode()


def test_its_log_tells_who_came_what_was_asked_and_what_became_of_it():
    with Home() as home:
        log = home.path / "log.jsonl"
        with Daemon(home, "--nodes", 32, "--speed", 60, "--drill", "calm", "--log", log) as daemon:
            check(oct(log.stat().st_mode & 0o777) == "0o640", "the log's mode")
            run("move", "--to", "inference/chat", "--from", "spare", "--nodes", 1, "--yes", home=home)
            with socket.socket(socket.AF_UNIX) as liar:
                liar.connect(str(daemon.socket))
                liar.sendall(b"GET / HTTP/1.1\r\n\x1b]0;owned\x07\r\n" * 400)
                until(lambda: "client turned away" in messages(log), "a client that speaks another language is noted")
            until(lambda: "client left" in messages(log), "who left is noted")
            check(daemon.stop() == 0, "no orderly end")
        said = messages(log)
        for wanted in (["started", "ready", "client joined", "command asked", "command answered", "move done", "client left",
                        "ending", "ended"], ["command asked", "move began", "move done"]):
            check([word for word in said if word in wanted] == wanted, f"in another order: {said}")
        by = {entry["message"]: entry for entry in entries(log)}
        check(by["started"]["socket"] == str(daemon.socket) and by["started"]["version"], f"{by['started']}")
        check(by["client joined"]["program"] == "move" and by["client joined"]["role"] == "operator", f"{by}")
        check(by["command answered"]["verdict"] == "accepted" and by["command answered"]["decision"] == "d-1", f"{by}")
        check(by["move done"]["nodes"] == 1 and by["move done"]["to"] == "inference/chat", f"{by['move done']}")
        check(b"tokenworks serves" in daemon.said() and b'"level"' not in daemon.said(), "the log is on stdout as well")


def test_its_log_goes_to_stderr_and_a_reader_that_leaves_does_not_end_it():
    with Home() as home:
        process = subprocess.Popen(
            [str(BINARY), "serve", *map(str, PLANT)], env=home.env(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
        try:
            check(json.loads(process.stderr.readline())["message"] == "started", "the first line of stderr")
            until(lambda: process.stdout.readline().startswith(b"tokenworks serves"), "it serves")
            process.stderr.close()
            process.stdout.close()
            for _ in range(3):
                check(run("who", home=home).stdout.strip() == "nobody is attached", "it does not answer")
            process.send_signal(signal.SIGTERM)
            check(process.wait(timeout=20) == 0, "no orderly end")
        finally:
            process.kill()
            process.wait()


def test_a_disk_that_is_full_costs_lines_and_never_the_daemon():
    # A file that may not grow is a disk that is full.
    with Home() as home:
        check("is no plain file" in run("serve", *PLANT, "--log", "/dev/full", home=home, status=65).stderr, "a device")
        log = home.path / "log.jsonl"
        script = home.path / "limited"
        script.write_text(f'#!/bin/sh\nulimit -f 1\nexec "{BINARY}" "$@"\n')
        script.chmod(0o700)
        process = subprocess.Popen(
            [str(script), "serve", *map(str, PLANT), "--log", str(log)], env=home.env(), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            until(lambda: process.stdout.readline().startswith(b"tokenworks serves"), "it serves")
            for _ in range(10):
                check(run("who", home=home).stdout.strip() == "nobody is attached", "it does not answer")
            process.send_signal(signal.SIGTERM)
            check(process.wait(timeout=20) == 0, "no orderly end")
        finally:
            process.kill()
            process.wait()


def test_a_source_that_falls_silent_and_returns_is_noted():
    body = b"# TYPE up gauge\nvllm:num_requests_running{model_name=\"m\"} 1\n"
    routes = {"/metrics": body}
    with Home() as home, serve(routes) as url:
        log = home.path / "log.jsonl"
        with Daemon(home, "--scrape", f"{url}/metrics", "--interval", 0.25, "--log", log):
            until(lambda: "ready" in messages(log), "it is ready")
            routes["/metrics"] = lambda request: (request.send_response(500), request.end_headers())
            silent = until(lambda: [e for e in entries(log) if e["message"] == "source silent"], "its silence is noted")
            check("127.0.0.1:" in silent[0]["target"] and "500" in silent[0]["why"], f"{silent}")
            routes["/metrics"] = body
            until(lambda: "source answers" in messages(log), "its return is noted")


def test_its_metrics_are_what_linters_and_prometheus_take():
    with Home() as home, Daemon(home, *PLANT, "--metrics", "127.0.0.1:0") as daemon:
        url = page_of(daemon)
        with attached(home) as session:
            shown(session)
            text = fetch(url).decode()
            session.quit()
        for line in ('tokenworks_clients{role="operator"} 1', 'tokenworks_source_targets_up{plant="sim",source="sim"} 32',
                     'tokenworks_plant_mode{plant="sim",mode="manual"} 1', "tokenworks_build_info{version="):
            check("\n" + line in text, f"{line} is not in\n{text}")
        for name in ("pool_decode_tokens_per_second", "pool_ttft_seconds", "nodes", "node_power_watts",
                     "node_gpu_utilisation_ratio", "sent_bytes_total", "poll_duration_seconds_count"):
            check(f"\ntokenworks_{name}" in text, f"{name} is not in\n{text}")
        states = dict(re.findall(r'^tokenworks_nodes\{plant="sim",state="(\w+)"\} (\d+)$', text, re.M))
        check(sum(map(int, states.values())) == 32, f"nodes by state: {states}")
        check(re.search(r"^process_resident_memory_bytes \d{7,}$", text, re.M), "RSS")
        check(" rejected" not in run("lint-metrics", url, home=home).stdout.replace("0 rejected", "").replace("rejected 0", ""),
              "our own linter rejects a line")
        if shutil.which("promtool"):
            done = subprocess.run(["promtool", "check", "metrics"], input=text, text=True, capture_output=True)
            check(done.returncode == 0 and not done.stderr.strip(), f"promtool: {done.stdout}{done.stderr}")


def test_its_metrics_answer_nothing_else_and_nobody_for_long():
    with Home() as home, Daemon(home, *PLANT, "--metrics", "127.0.0.1:0") as daemon:
        place = urllib.parse.urlsplit(page_of(daemon))

        def ask(method, path, headers={}):
            connection = http.client.HTTPConnection(place.hostname, place.port, timeout=10)
            connection.request(method, path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read(), answer

        check(ask("GET", "/metrics")[0] == 200 and ask("GET", "/metrics?x=1")[0] == 200, "GET")
        status, body, answer = ask("HEAD", "/metrics")
        check(status == 200 and body == b"" and int(answer.headers["Content-Length"]) > 1000, "HEAD")
        check(ask("GET", "/")[0] == 404 and ask("GET", "/../etc/passwd")[0] == 404, "another path")
        check(ask("POST", "/metrics")[0] == 405 and ask("DELETE", "/metrics")[0] == 405, "another method")
        check(ask("GET", "/metrics", {"X": "x" * 9000})[0] == 431, "a request of 9 kB")

        def dial():
            return socket.create_connection((place.hostname, place.port), timeout=15)

        with dial() as lost:
            lost.sendall(b"\x00\x01 no request\r\n\r\n")
            check(b" 400 " in lost.recv(4096), "garbage")
        start = time.monotonic()
        with contextlib.ExitStack() as crowd:
            idle = [crowd.enter_context(dial()) for _ in range(16)]
            idle[0].sendall(b"GET /metrics HT")
            until(lambda: ask("GET", "/metrics")[0] == 503, "the seventeenth is told to come again", 4)
            check(all(one.recv(4096) == b"" for one in idle), "they are not let go")
            check(3 < time.monotonic() - start < 12, "not after five seconds")
        until(lambda: ask("GET", "/metrics")[0] == 200, "it answers again", 5)
        check(daemon.process.poll() is None, "it died")
        for wrong in ("9464", "localhost:9464", "[127.0.0.1]:9464", "127.0.0.1:99999", "::1:9464"):
            check("numbers only" in run("serve", "--metrics", wrong, home=home, status=64).stderr, wrong)
        with Home() as other:
            second = run("serve", *PLANT, "--metrics", place.netloc, home=other, status=65)
            check("Address already in use; name another with --metrics" in second.stderr, f"{second.stderr!r}")


def test_a_real_prometheus_scrapes_it():
    if not shutil.which("prometheus"):
        print("skipped: no prometheus here")
        return
    with Home() as home, Daemon(home, *PLANT, "--metrics", "127.0.0.1:0") as daemon:
        target = urllib.parse.urlsplit(page_of(daemon)).netloc
        config = home.path / "prometheus.yml"
        config.write_text(
            "global: {scrape_interval: 1s}\nscrape_configs: [{job_name: tokenworks, static_configs: "
            f"[{{targets: ['{target}']}}]}}]\n")
        port = free_port()
        process = subprocess.Popen(
            ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={home.path}/tsdb",
             f"--web.listen-address=127.0.0.1:{port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            check(is_ready(f"http://127.0.0.1:{port}/-/ready", process), "prometheus does not start")

            def value(query):
                url = f"http://127.0.0.1:{port}/api/v1/query?" + urllib.parse.urlencode({"query": query})
                result = json.loads(fetch(url))["data"]["result"]
                return float(result[0]["value"][1]) if result else None

            until(lambda: value('up{job="tokenworks"}') == 1, "it is up")
            check(value("sum(tokenworks_nodes)") == 32, "the nodes")
            check(value("tokenworks_pool_decode_tokens_per_second{pool=\"inference/chat\"}") > 0, "tokens of chat")
            until(lambda: (value("rate(tokenworks_poll_duration_seconds_count[10s])") or 0) > 1, "polls are counted")
        finally:
            process.kill()
            process.wait()


def hooked(home):
    """A hook that keeps what it is told, and a drill in which a move of spare nodes fails. -> both files"""
    told, hook, drill = home.path / "told", home.path / "hook", home.path / "drill.yaml"
    hook.write_text(f'#!/bin/sh\n{{ echo "$@"; env | sort; cat; }} >"{told}.new" && mv "{told}.new" "{told}"\n')
    hook.chmod(0o755)
    # The spare nodes of a plant of 32 stand in its last rack, and the move takes two minutes of its clock.
    drill.write_text("events:\n  - { at: 1840, fail: { rack_of: spare, for: 2h } }\n")
    home.write_config(f"notify: {{command: ['{hook}', '--team', 'a b']}}\n")
    return told, drill


def test_a_dashboard_that_has_the_plant_tells_the_hook_too():
    with Home() as home:
        told, drill = hooked(home)
        with Session("--nodes", 32, "--speed", 5, "--drill", drill, home=home) as session:
            session.expect("Allocation sum").expect_re(r"^ SIM .*00:3\d:\d")
            session.key("r").expect("PLAN", "TAKES").expect_re(r"y: move \d+ node")
            session.key("y").until(lambda _: told.exists(), "the hook has run")
            check(json.loads(told.read_text().splitlines()[-1])["kind"] == "move-failed", told.read_text())


def test_a_move_that_fails_or_is_cut_is_told_to_the_hook():
    with Home() as home:
        log = home.path / "log.jsonl"
        told, drill = hooked(home)
        move = ("move", "--to", "inference/chat", "--from", "spare", "--nodes", 1, "--yes")
        with Daemon(home, "--nodes", 32, "--speed", 5, "--drill", drill, "--log", log) as daemon:
            run(*move, home=home, status=5)
            until(told.exists, "the hook has run")
            check("move failed" in messages(log), f"{messages(log)}")
            lines = told.read_text().splitlines()
            notice = json.loads(lines[-1])
            check(lines[0] == "--team a b" and "TOKENWORKS_KIND=move-failed" in lines, f"{lines}")
            check(notice["kind"] == "move-failed" and notice["decision"] == "d-1" and notice["plant"] == "sim", f"{notice}")
            check(not any(line.startswith("XDG_") for line in lines), f"our environment: {lines}")
            daemon.stop()
        told.unlink()
        with Daemon(home, "--nodes", 32, "--speed", 5, "--drill", "calm", "--log", log) as daemon:
            mover = subprocess.Popen(
                [str(BINARY), *map(str, move)], env=home.env(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL)
            until(lambda: any(r["kind"] == "step" and r.get("decision") == "d-2" for r in home.audit()), "it takes a step")
            daemon.kill()
            mover.kill()
            mover.wait()
            daemon.start()
            until(told.exists, "the hook has run again")
            check(json.loads(told.read_text().splitlines()[-1])["decision"] == "d-2", told.read_text())
