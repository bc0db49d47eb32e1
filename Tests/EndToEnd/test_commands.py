# SPDX-License-Identifier: Apache-2.0
"""What the keys do, done by command: status, move, moves, audit; and the statuses they end with."""
import json
import re

from harness import ROOT, Home, Session, check, run

ALLOCATION = ("training", "inference", "in_transit", "spare", "failed")
LEDGER = ("serving", "draining", "loading", "warming", "training", "restarting", "spare", "failed")


def status(home, *args):
    return json.loads(run("status", "--json", *args, home=home).stdout)


def name_in(done):
    """The name that a plan asks for."""
    return re.search(r"--confirm '([^']+)'", done.stdout + done.stderr)[1]


def test_status_has_the_documented_keys_and_its_counts_sum():
    documented = set(re.findall(r"`([a-z_]+(?:\.[a-z_]+)?|\.[a-z_]+)(?:\[\])?`", "".join(
        "|".join(line.split("|")[1:2]) for line in (ROOT / "docs/status.md").read_text().splitlines()
        if line.startswith("| `"))))
    with Home() as home:
        for nodes in (1, 16, 100):
            report = status(home, "--nodes", nodes)
            check(list(report) == sorted(report), "the keys are not sorted")
            check(report["source"] == "simulated", str(report))
            check(report["nodes"]["total"] == nodes, str(report["nodes"]))
            check(sum(report["nodes"][k] for k in LEDGER) == nodes, f"the ledger does not sum: {report['nodes']}")
            check(sum(report["allocation"][k] for k in ALLOCATION) == nodes, f"does not sum: {report['allocation']}")
            there = {top for top in report} | {inner for part in report.values() if isinstance(part, dict) for inner in part}
            for key in documented:
                check(key.split(".")[-1] in there, f"docs/status.md speaks of {key}, which is not there")
            words = {key.split(".")[-1] for key in documented} | {key.split(".")[0] for key in documented}
            check(there <= words, f"not in docs/status.md: {there - words}")
        check(report["tokens_per_second"]["decode"] > 0 and report["tokens_per_second"]["prefill"] > 0, str(report))


def test_status_is_the_seeds_and_moves_with_time():
    with Home() as home:
        first, again = (run("status", "--json", "--seed", 7, home=home).stdout for _ in range(2))
        check(first == again, "the same seed gives two answers")
        check(status(home, "--seed", 8) != json.loads(first), "another seed gives the same answer")
        later = status(home, "--seed", 7, "--at", 7200)
        check(later["taken_at"] > json.loads(first)["taken_at"], "--at does not move the clock")
        check(later["taken_at"].endswith("T02:00:00Z"), later["taken_at"])
        check(status(home, "--seed", 7, "--at", 0)["taken_at"].endswith("T00:00:00Z"), "--at 0 is not the start")
        people = run("status", "--seed", 7, home=home).stdout
        check(f"{json.loads(first)['allocation']['spare']}" in re.search(r"allocation spare +(\d+)", people)[1], people)
        check(not (home.state / "tokenworks").exists(), "status wrote into the state folder")


def test_a_free_move_is_confirmed_by_yes():
    with Home() as home:
        asked = run("move", "--to", "inference", home=home, status=4)
        check("--yes" in asked.stderr, asked.stderr)
        check(home.audit() == [], "an unconfirmed plan is in the audit")
        done = run("move", "--to", "inference", "--yes", home=home)
        check(re.search(r"load.*\n(.*\n)*.*serve", done.stdout), f"no steps: {done.stdout}")
        check("1 of 1 node, done" in done.stdout, done.stdout)
        check(home.kinds() == ["asked", "accepted", "verified"], str(home.kinds()))
        check("chain whole" in run("audit", "verify", home=home).stdout, "the audit does not verify")
        check("d-1 " in run("moves", home=home).stdout, "moves does not list it")
        shown = run("audit", "show", "--decision", "d-1", home=home).stdout.splitlines()
        check(len(shown) == len(home.audit()), f"audit show: {shown}")
        check(len(run("audit", "show", "--limit", "2", home=home).stdout.splitlines()) == 2, "--limit 2 is not two")


def test_the_audit_goes_on_where_it_was():
    with Home() as home:
        for _ in range(2):
            run("move", "--to", "inference", "--yes", home=home)
        check([r["sequence"] for r in home.audit()] == list(range(1, len(home.audit()) + 1)), "a gap in the audit")
        check({r.get("decision") for r in home.audit()} == {"d-1", "d-2"}, "the second move has no number of its own")
        lines = run("moves", home=home).stdout.splitlines()
        check([l.split()[0] for l in lines] == ["d-2", "d-1"], f"newest first: {lines}")
        head = re.search(r"head ([0-9a-f]{64})", run("audit", "verify", home=home).stdout)[1]
        run("audit", "verify", "--head", head, home=home)
        run("audit", "verify", "--head", "0" * 64, home=home, status=73)
        # A tail that was cut off shows against a head that was noted elsewhere.
        path = home.audit_file()
        path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
        run("audit", "verify", "--head", head, home=home, status=73)
        # A changed record is named.
        path.write_text(path.read_text().replace("root asks", "nobody asks", 1)
                        if "root asks" in path.read_text() else path.read_text().replace("asks:", "bids:", 1))
        check(f"{path.name}" in run("audit", "verify", home=home, status=73).stderr, "the broken audit is not named")


def test_a_losing_move_is_confirmed_by_the_name_alone():
    with Home() as home:
        plan = ("move", "--to", "inference", "--nodes", "2", "--plant-nodes", "24")
        name = name_in(run(*plan, home=home, status=4))
        for wrong in (["--yes"], ["--confirm", "wrong"], ["--confirm", name.upper() + "x"], ["--reason", "because I say so"]):
            check(name in run(*plan, *wrong, home=home, status=4).stderr, f"{wrong} does not say what is asked")
        check(home.audit() == [], "an unconfirmed plan is in the audit")
        done = run(*plan, "--confirm", name, home=home)
        check("LOSS" in done.stdout and "2 of 2 nodes, done" in done.stdout, done.stdout)
        lost = float(re.search(r"lost ([\d.]+) GPU-h \(promised", done.stdout)[1])
        check(lost > 0, "a move from a gang lost nothing")


def test_more_than_a_fifth_of_the_plant_is_confirmed_by_a_reason():
    with Home() as home:
        plan = ("move", "--to", "inference", "--nodes", "13", "--seed", "3")
        asked = run(*plan, home=home, status=None)
        check(asked.returncode == 4 and "--reason" in asked.stderr, f"{asked.returncode}: {asked.stdout}{asked.stderr}")
        run(*plan, "--reason", "   ", home=home, status=4)
        done = run(*plan, "--reason", "evening peak of chat, agreed with ops2", home=home, status=None)
        check(done.returncode in (0, 5), f"{done.returncode}: {done.stdout[-1500:]}{done.stderr}")
        check("evening peak of chat" in json.dumps(home.audit()), "the reason is not in the audit")


def test_a_dry_run_changes_nothing():
    with Home() as home:
        done = run("move", "--to", "inference", "--nodes", "2", "--dry-run", home=home)
        check("PLAN" in done.stdout and "TAKES" in done.stdout and "do nothing" in done.stdout, done.stdout)
        run("move", "--to", "inference", "--dry-run", "--yes", home=home)
        check(not (home.state / "tokenworks").exists(), "a dry run wrote into the state folder")


def test_the_donor_can_be_chosen():
    with Home() as home:
        for pool in ("training", "spare"):
            done = run("move", "--to", "inference", "--from", pool, "--dry-run", home=home)
            check(re.search(rf"TAKES +1 from {pool}", done.stdout), done.stdout)
        run("move", "--to", "inference/think", "--from", "nowhere", "--dry-run", home=home, status=64)
        check("-> inference/think" in run("move", "--to", "think", "--dry-run", home=home).stdout, "a class by its short name")


def test_a_plan_that_a_rail_refuses_cannot_be_confirmed():
    with Home() as home:
        for extra in ([], ["--yes"], ["--confirm", "rl-r3"], ["--reason", "I want it all the same"]):
            done = run("move", "--to", "training", "--from", "inference/chat", "--at", "2700", *extra, home=home, status=3)
            check("Rail" in done.stderr, done.stderr)
        check("FAIL" in done.stdout, done.stdout)
        check([k for k in home.kinds() if k == "accepted"] == [], str(home.kinds()))


def test_a_site_is_named_and_its_audit_is_its_own():
    with Home() as home:
        sites = ("--sites", "india,norway", "--plant-nodes", "40")
        done = run("move", "--to", "inference", "--yes", "--site", "norway", *sites, home=home)
        check("1 of 1 node, done" in done.stdout, done.stdout)
        check("d-1" in run("moves", "--plant", "sim-norway", home=home).stdout, "norway's audit has no move")
        there, here = (json.loads(run("status", "--json", "--nodes", "40", *sites[:2], *site, home=home).stdout)
                       for site in (("--site", "norway"), ()))
        check(there["taken_at"] == here["taken_at"] and there != here, "the sites are the same plant, or not on one clock")
        check("india, norway" in run("status", *sites[:2], "--site", "mars", home=home, status=64).stderr, "no sites named")
        check("in one place" in run("status", "--site", "norway", home=home, status=64).stderr, "one place has a site")


def test_drills_are_listed_printed_and_run():
    with Home() as home:
        listed = run("drills", home=home).stdout
        names = ["calm", "burst", "rack-loss", "long-thinking-wave", "power-cap", "bad-model"]
        check([line.split()[0] for line in listed.splitlines()] == names, listed)
        mine = home.path / "mine.yaml"
        mine.write_text(run("drills", "rack-loss", home=home).stdout)
        lost = json.loads(run("status", "--json", "--drill", mine, "--at", "2100", home=home).stdout)
        check(lost["nodes"]["failed"] == 4, f"the rack is not dark: {lost['nodes']}")
        check(json.loads(run("status", "--json", "--drill", "rack-loss", "--at", "2100", home=home).stdout) == lost,
              "the printed drill is another one")
        mine.write_text("events:\n  - at: 5m\n    fail: { node: su99-n01 }\n")
        said = run("status", "--drill", mine, home=home, status=65).stderr
        check(f"{mine}:2: " in said and "su99-n01" in said, said)
        run("status", "--drill", "calm", "--trace", "t.csv", home=home, status=64)


def test_simulate_compares_policies_and_writes_lines():
    with Home() as home:
        path = home.path / "out.jsonl"
        plan = ("simulate", "--days", "0.1", "--nodes", "24", "--seed", "2", "--json", path)
        said = run(*plan, "--policy", "static", "--against", "proportional", home=home).stdout
        check(re.search(r"policy +proportional +static", said) and "training goodput" in said, said)
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        kinds = [line["kind"] for line in lines]
        check(kinds[-2:] == ["summary", "summary"] and kinds.count("interval") == 14, str(kinds))
        check([line["policy"] for line in lines[-2:]] == ["proportional", "static"], "the summaries are not in order")
        check(sum(lines[0]["allocation"].values()) == 24, "an interval does not sum")
        again = run(*plan, "--policy", "static", "--against", "proportional", home=home).stdout
        check(said.splitlines()[:-1] == again.splitlines()[:-1], "the same seed gives two answers")
        for flags, words in ((["--against", "threshold"], "--policy static"), (["--policy", "oracle"], "proportional"),
                             (["--days", "0"], "0.01"), (["--drill", "calm", "--trace", "t"], "--trace")):
            check(words in run("simulate", *flags, home=home, status=64).stderr, f"{flags}: no {words}")
        run("simulate", "--json", home.path, "--days", "0.01", home=home, status=65)


def test_a_live_plant_is_never_moved():
    with Home() as home:
        done = run("move", "--to", "inference", "--scrape", "http://127.0.0.1:9/metrics", "--interval", "0.5", "--yes",
                   home=home, status=None)
        check(done.returncode in (3, 64, 69), f"{done.returncode}: {done.stderr}")
        check(done.stderr.strip(), "no sentence")


def test_a_second_writer_only_observes():
    with Home() as home, Session("--nodes", "32", "--speed", "5", home=home) as first:
        first.started()
        pid = str(first.program.pid)
        done = run("move", "--to", "inference", "--yes", home=home, status=73)
        check(pid in done.stderr, f"the writer's pid {pid} is not named: {done.stderr}")
        with Session("--nodes", "32", "--speed", "5", home=home) as second:
            second.started().expect_re(r"^ SIM sim .* OBSERVE ")
            second.key("r").expect("TAKES", f"the process {pid}", "cannot be confirmed")
            second.key("y").key("Esc").main().quit()
        # Another plant's audit is another file.
        with Session("--nodes", "32", "--state", home.path / "other", home=home) as other:
            other.started().expect_re(r"^ SIM sim .* MANUAL ")
            other.quit()
        check(home.audit() == [], "the second writer wrote")
        run("move", "--to", "inference", "--dry-run", home=home)
        run("audit", "verify", home=home)
        first.quit()
    # A lock that a crash left behind binds nobody.
    with Home() as home:
        with Session("--nodes", "32", home=home) as session:
            session.started().do("signal", "KILL").ends(None)
        run("move", "--to", "inference", "--yes", home=home)


def test_help_and_readme_list_the_same_exit_statuses():
    with Home() as home:
        listed = dict(re.findall(r"^ +(\d+)  (.+)$", run("--help", home=home).stdout, re.M))
        table = dict(re.findall(r"^\| (\d+) \| (.+?) \|$", (ROOT / "README.md").read_text(), re.M))
        check(set(listed) == set(table), f"--help {sorted(listed)}, README {sorted(table)}")
        for command in ("status", "move", "moves", "audit", "config"):
            check("USAGE" in run(command, "--help", home=home).stdout, command)
        check(re.match(r"\d+\.\d+\.\d+$", run("--version", home=home).stdout.strip()), "--version")


def test_doctor_of_the_simulation_and_of_a_wrong_configuration():
    with Home() as home:
        done = run("doctor", home=home).stdout
        check("64 nodes, drill burst" in done and "the simulation, named sim" in done, done)
        check(not (home.path / "state" / "tokenworks").exists(), "looking made a state folder")
        wrong = home.path / "wrong.yaml"
        wrong.write_text("sources:\n  - simulated: {drill: bursts}\n")
        done = run("doctor", "--config", wrong, home=home, status=65).stdout
        check(re.search(r"^wrong +simulation +there is no drill 'bursts'", done, re.M), done)
        wrong.write_text("sourcs: []\n")
        check(f"{wrong}:1: " in run("doctor", "--config", wrong, home=home, status=78).stdout, "no file and line")
