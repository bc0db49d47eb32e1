# SPDX-License-Identifier: Apache-2.0
"""Bad input costs one sentence that says what, where and what to do, a documented status, and nothing else."""
import gzip
import json
import re

from harness import PANELS, ROOT, Home, Session, check, run


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


def test_config_check_names_the_line_of_what_cannot_be_used():
    with Home() as home:
        for text, line, words in [
            ("sources:\n  - simulated:\n      seed: 1\n      trace: absent.csv\n", 4, ["trace", "absent.csv"]),
            ("sources:\n  - scrape:\n      targets:\n        - http://a/\n        - ftp://b/\n", 5, ["targets[1]", "ftp"]),
            ("sources:\n  - scrape:\n      file: absent.txt\n", 3, ["file", "absent.txt"]),
        ]:
            path = home.write_config(text)
            says(run("config", "check", home=home, status=65), f"{path}:{line}: ", *words)
        # A relative trace lies beside the file, not where the program was started.
        path = home.write_config("sources:\n  - simulated: {trace: t.csv}\n")
        (path.parent / "t.csv").write_text("t_s,chat_rps,chat_idc,chat_in,chat_out,think_rps,think_idc,think_in,think_out\n0,1,1,900,100,1,1,900,900\n600,1,1,900,100,1,1,900,900\n")
        check("no mistakes" in run("config", "check", home=home).stdout, "the trace beside the file was not found")


def test_flags_that_the_plant_cannot_use_are_refused():
    with Home() as home:
        says(run("status", "--interval", "2", home=home, status=64), "--interval", "simulated")
        says(run("status", "--at", "5", "--scrape", "http://127.0.0.1:9/", home=home, status=64), "--at", "live")
        says(run("staus", home=home, status=64), "'staus'", "dashboard, serve, attach, who, status, move")


def test_a_trace_names_file_and_line():
    header = "t_s,chat_rps,chat_idc,chat_in,chat_out,think_rps,think_idc,think_in,think_out\n"
    row = "{},200,5,350,290,15,4,1100,1400\n"
    with Home() as home:
        def trace(name, data):
            path = home.path / name
            path.write_bytes(data if isinstance(data, bytes) else data.encode())
            return path
        for name, data, words in [
            ("empty.csv", "", ["empty"]),
            ("header.csv", header, ["row"]),
            ("missing.csv", header.replace("chat_in,", "") + row.format(0), ["chat_in"]),
            ("number.csv", header + row.format(0) + row.format(600).replace("350", "many"), ["line 3", "many"]),
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
        whole = (ROOT / "themes/mono.yaml").read_text()
        first = next(line for line in whole.splitlines() if re.match(r"alarm:", line))
        for name, text, words in [
            ("plaid", whole.replace(first, "alarm: plaid"), ["alarm", "plaid"]),
            ("sparkle", whole + "sparkle: red\n", ["sparkle"]),
            ("short", whole.replace(first, ""), ["no value for", "alarm"]),
            ("list", "- red\n- green\n", []),
        ]:
            (themes / f"{name}.yaml").write_text(text)
            home.write_config(f"theme: {name}\n")
            says(run("config", "check", home=home, status=65), f"{name}.yaml", *words)
        home.write_config("")
        says(run("--theme", "nosuch", home=home, status=65, TERM="xterm"), "nosuch", "high-contrast")
        path = home.write_config("plant: a\ntheme: nosuch\n")
        says(run("config", "check", home=home, status=65), f"{path}:2: theme: ", "nosuch", "high-contrast")
        # While the dashboard runs, a theme that has broken is a notice, and the picture stays.
        home.write_config("")
        with Session("--nodes", "16", home=home) as session:
            session.started()
            for _ in range(9):
                before = session.text().splitlines()[-1]
                session.key("t").until(lambda text: text.splitlines()[-1] != before, "an answer to t")
                if ".yaml" in session.text():
                    break
            session.expect(".yaml").expect(*PANELS).quit()


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
        says(done, "state directory", str(blocked))
        with Session("--state", blocked, home=home) as session:
            session.started().expect("OBSERVE")
            session.key("H").expect("state directory")
            session.key("r").expect("TAKES").expect("cannot be confirmed")
            session.key("y").key("Esc").main().quit()
        check(blocked.read_text() == "a file where a folder should be", "it was written to")


def test_a_forked_audit_is_refused_and_named():
    with Home() as home:
        run("move", "--to", "inference", "--yes", home=home, status=None)
        path = home.audit_file()
        lines = path.read_text().splitlines(keepends=True)
        check(len(lines) >= 2, "no audit was written")
        path.write_text("".join(lines[:1] + lines[:1] + lines[1:]))
        says(run("audit", "verify", home=home, status=73), path.name, "2")
        says(run("move", "--to", "inference", "--yes", home=home, status=73), path.name)
        check(path.read_text().startswith(lines[0]), "the broken audit was touched")
