# SPDX-License-Identifier: Apache-2.0
"""Bad input costs one sentence that says what, where and what to do, a documented status, and nothing else."""
import gzip
import json
import os

from harness import Home, Failed, check, run, tui


def says(done, *words):
    text = done.stderr
    for word in words:
        check(word in text, f"{word!r} is missing in: {text}")
    check("Fatal error" not in text and "Swift/" not in text, text)


def test_unknown_flags_and_values_are_usage_errors():
    with Home() as home:
        for args, words in [
            (["--frobnicate"], ["--frobnicate"]),
            (["status", "--nodes", "0"], ["--nodes", "1", "10000"]),
            (["status", "--nodes", "1e9"], ["--nodes"]),
            (["status", "--nodes", "1000000000"], ["--nodes", "10000"]),
            (["status", "--speed", "0"], ["--speed"]),
            (["status", "--demand-scale", "-1"], ["--demand-scale"]),
            (["status", "--at", "-5"], ["--at"]),
            (["status", "--backend", "imaginary"], ["--backend"]),
            (["status", "--scrape", "http://127.0.0.1:1", "--seed", "3"], ["--seed", "--scrape"]),
            (["move", "--to", "nowhere"], ["nowhere", "inference/chat", "training"]),
            (["move", "--to", "inference", "--nodes", "0"], ["--nodes"]),
            (["audit", "show", "--decision", "zzz"], ["--decision", "zzz"]),
        ]:
            says(run(*args, home=home, status=64), *words)


def test_a_configuration_names_file_and_line():
    with Home() as home:
        for text, line, words in [
            ("plant: par1\nflavour: sweet\n", 2, ["flavour", "allowed here"]),
            ("sources:\n  - scrape:\n      targetz: [a]\n", 3, ["targetz"]),
            ("sources:\n  - scrape: {}\n", 2, ["targets"]),
            ("plant: [1, 2\n", None, ["YAML"]),
            ("plant: ../../etc\n", 1, ["plant"]),
            ("rails:\n  transit_share: lots\n", 2, ["transit_share", "number"]),
            ("sources:\n  - simulated: {nodes: 64}\n  - scrape: {targets: ['http://127.0.0.1:1']}\n", 1, ["simulated"]),
            ("plant: a\nplant: b\n", None, ["plant"]),
        ]:
            path = home.write_config(text)
            where = f"{path}:{line}:" if line else str(path)
            says(run("config", "check", home=home, status=78), where, *words)
            says(run("status", home=home, status=78), where)
        says(run("status", "--config", "/nonexistent.yaml", home=home, status=78), "/nonexistent.yaml")


def test_config_check_of_a_good_file():
    with Home() as home:
        home.write_config("theme: mono\nsources:\n  - simulated: {nodes: 32, seed: 7, speed: 60}\n"
                          "control:\n  - simulated: {enabled: true}\nrails: {spare_minimum: 1}\n")
        check("no mistakes" in run("config", "check", home=home).stdout, "config check does not say that all is well")
        report = json.loads(run("status", "--json", home=home).stdout)
        check(report["nodes"]["total"] == 32, "the configuration's plant size is not used")


def test_a_trace_names_file_and_line():
    header = "t_s,chat_rps,chat_idc,chat_in,chat_out,think_rps,think_idc,think_in,think_out\n"
    row = "{},200,5,350,290,15,4,1100,1400\n"
    with Home() as home:
        def trace(name, data):
            path = home.path / name
            path.write_bytes(data if isinstance(data, bytes) else data.encode())
            return path
        for name, data, words in [
            ("empty.csv", "", ["nothing"]),
            ("header.csv", header, ["row"]),
            ("missing.csv", header.replace("chat_in,", "") + row.format(0), ["chat_in"]),
            ("number.csv", header + row.format(0) + row.format(600).replace("350", "many"), [":3:", "many"]),
            ("not.csv.gz", "this is not gzip", []),
            ("cut.csv.gz", gzip.compress((header + row.format(0) * 5000).encode())[:60], []),
        ]:
            path = trace(name, data)
            says(run("status", "--trace", path, home=home, status=65), str(path), *words)
        says(run("status", "--trace", home.path / "absent.csv", home=home, status=65), "absent.csv")
        says(run("status", "--trace", home.path, home=home, status=65), str(home.path))


def test_themes_name_what_is_wrong():
    with Home() as home:
        themes = home.config / "tokenworks/themes"
        themes.mkdir()
        (themes / "broken.yaml").write_text("alarm: plaid\n")
        (themes / "strange.yaml").write_text("sparkle: red\n")
        home.write_config("theme: broken\n")
        says(run("config", "check", home=home, status=65), "broken.yaml", "alarm", "plaid")
        home.write_config("theme: strange\n")
        says(run("config", "check", home=home, status=65), "strange.yaml", "sparkle")
        home.write_config("theme: nosuch\n")
        says(run("config", "check", home=home, status=65), "nosuch", "high-contrast")


def test_one_node_is_legal_and_every_move_is_refused_by_the_floor():
    with Home() as home:
        report = json.loads(run("status", "--json", "--nodes", "1", home=home).stdout)
        check(report["nodes"]["total"] == 1, "one node is not one node")
        for to in ("inference", "training", "spare"):
            done = run("move", "--to", to, "--plant-nodes", "1", "--yes", home=home, status=3)
            check("floor" in done.stderr + done.stdout, done.stdout + done.stderr)


def test_an_audit_that_cannot_be_written_means_no_action():
    with Home() as home:
        blocked = home.path / "blocked"
        blocked.write_text("a file where a folder should be")
        done = run("move", "--to", "inference", "--yes", "--state", blocked, home=home, status=73)
        says(done, "audit", str(blocked))
        tui("expect Events\nexpect OBSERVE\nkey q\nexpect-exit 0\nrestored\n", "--state", blocked, home=home)


def test_a_forked_audit_is_refused_and_named():
    with Home() as home:
        run("move", "--to", "inference", "--yes", home=home, status=None)
        path = home.state / "tokenworks/sim/audit.jsonl"
        lines = path.read_text().splitlines(keepends=True)
        check(len(lines) >= 2, "no audit was written")
        path.write_text("".join(lines[:1] + lines[:1] + lines[1:]))
        says(run("audit", "verify", home=home, status=73), "audit.jsonl:2")
        says(run("move", "--to", "inference", "--yes", home=home, status=73), "audit.jsonl")
        check(path.read_text().startswith(lines[0]), "the broken audit was touched")
