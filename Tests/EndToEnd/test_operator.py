# SPDX-License-Identifier: Apache-2.0
"""An operator's hands on the dashboard: look, plan, confirm, abort, take back, hold, leave; and what the audit says then."""
import json
import re

from harness import PANELS, Home, Session, check, run, slow

# 32 nodes have a spare above the floor: the first plan loses nothing. 24 have none: it takes from training.
CALM = ("--nodes", "32", "--speed", "5")
TIGHT = ("--nodes", "24", "--speed", "1")


def clock(session):
    return session.expect_re(r"^ SIM .*?(\d\d:\d\d:\d\d)Z")[1]


def shares(session):
    """The five parts of the allocation, and what they must sum to."""
    match = session.expect_re(
        r"Allocation sum (\d+) = training (\d+) \+ in transit (\d+) \+ inference (\d+) \+ spare (\d+) \+ failed (\d+)")
    total, *parts = map(int, match.groups())
    check(sum(parts) == total, f"the ledger does not sum: {match[0]}")
    return dict(zip(("training", "transit", "inference", "spare", "failed"), parts))


def planned(session):
    """A plan is on the screen, whole."""
    session.expect("PLAN", "TAKES", "DATA")
    return session


def loser(session):
    """The name that the plan asks for, from what it says that is lost: the second node is of a gang that restarts."""
    session.key("+").expect("type the job that loses")
    match = session.expect_re(r"type the job that loses, (\S+):")
    return match[1]


def verified(home, decision, phase):
    """Audit, `audit verify` and `moves` tell the same."""
    check("chain whole" in run("audit", "verify", home=home).stdout, "the audit does not verify")
    line = next((l for l in run("moves", home=home).stdout.splitlines() if l.startswith(decision + " ")), "")
    check(phase in line, f"`moves` does not say {phase} of {decision}: {line!r}")
    return line


def settled(session, home, count=1):
    """The forecast has been compared with what happened: a while after the last node is done."""
    session.until(lambda _: home.kinds().count("verified") >= count, "the outcome is in the audit", within=150)


def test_it_starts_with_every_panel_and_says_that_it_is_simulated():
    with Home() as home, Session(*CALM, home=home) as session:
        session.started()
        first = session.text().splitlines()[0]
        check(re.match(r" SIM sim .* x5 ", first), f"no SIM, plant and speed in the title row: {first!r}")
        for word in ("USERS", "TREND", "WHERE", "MOVING", "TRUST"):
            session.expect(word)
        shares(session)
        session.quit()
        check(home.audit() == [], "looking wrote into the audit")


def test_sort_filter_open_and_back():
    with Home() as home, Session(*CALM, home=home) as session:
        session.started().expect("worst first")
        session.key("s").gone("worst first")
        session.key("/").type("trai")
        count = session.expect_re(r"/trai: (\d+) of 32")[1]
        session.key("Enter")
        rows = session.until(
            lambda text: [l for l in text.splitlines() if re.match(r"│ +su\d\d-n\d\d ", l)], "rows of nodes")
        check(rows and all(" TRAINING " in row for row in rows), "the filter lets other states through")
        check(int(count) == shares(session)["training"], f"{count} nodes match, not the ledger's training")
        session.key("j", "Enter")
        session.expect("NODE su01-n", "JOB", "TEMP", "POWER")
        check(len(re.findall(r"^ \d +\[[#.]+\]", session.text(), re.M)) == 8, "not eight GPUs in the node")
        session.key("Esc").main().expect("/trai")
        session.key("Esc").gone("/trai")
        session.quit()


def test_freeze_holds_the_picture_and_says_so():
    with Home() as home, Session("--nodes", "32", "--speed", "60", home=home) as session:
        session.started().key("p").expect("FROZEN")
        stood = clock(session)
        session.watch(1.2)
        check(clock(session) == stood, "a frozen picture goes on")
        session.key("p").gone("FROZEN")
        session.until(lambda text: stood not in text.splitlines()[0], "the clock goes on")
        session.key("p").expect("FROZEN").key("0").gone("FROZEN")
        session.quit()


def test_help_lists_the_keys_and_themes_go_round():
    with Home() as home, Session(*CALM, home=home) as session:
        session.started().key("?").expect("KEYS of the main screen")
        for words in ("Open the plan", "Freeze", "Hold", "Quit"):
            session.expect(words)
        session.key("Esc").main()
        seen = []
        for _ in range(5):
            session.key("t")
            seen.append(session.until(
                lambda text: (re.search(r"theme (\S+)", text.splitlines()[-1]) or [None, None])[1]
                if not seen or f"theme {seen[-1]}" not in text else None, "the next theme"))
            colours = {cell[1:3] for row in session.program.screen.buf for cell in row}
            if seen[-1] == "mono":
                check(len(colours) == 1, "mono has colours")
            elif seen[-1] == "high-contrast":
                check(len(colours) > 2, "high-contrast has no colours")
        check(set(seen) == {"default", "light", "mono", "high-contrast", "colour-blind"}, f"themes: {seen}")
        session.quit()


def test_a_plan_shows_three_ways_and_cancelling_sends_nothing():
    with Home() as home, Session(*CALM, home=home) as session:
        session.started()
        before = shares(session)
        session.key("r")
        planned(session).expect("do nothing", "THIS:", "RAILS", "STEPS", "BACK", "TRUST", "[Cancel]")
        check(session.text().startswith(" SIM sim"), "the plan does not say that it is simulated")
        session.key("+").expect_re(r"PLAN .*\+2 nodes")
        header = session.expect_re(r"for chat +do nothing +(\S.*?)  +THIS: (.*training.*)")
        check("spare" in header[1] and "training" in header[2], f"three ways: {header[0]!r}")
        session.key("b").expect_re(r"PLAN .*\+1 node ")
        session.key("v").expect("floors").key("Esc").expect("PLAN")
        session.key("Enter").main()
        for opener, receiver in ((">", "inference"), ("<", "training")):
            session.key(opener).expect_re(rf"PLAN .*\+1 node .*-> .*{receiver}")
            # A busy machine reads two keys in one breath, and what acts takes none of those.
            planned(session).key("Esc").main().watch(0.5)
        check(home.audit() == [], "a cancelled plan is in the audit")
        check(shares(session) == before, "a cancelled plan changed the plant")
        session.quit()


@slow
def test_a_free_move_runs_to_its_end_and_is_taken_back():
    with Home() as home, Session(*CALM, home=home) as session:
        session.started()
        before = shares(session)
        session.key("r")
        planned(session).expect("y: move 1 node")
        session.key("y").expect_re(r"MOVING 1 .*d-1")
        session.until(lambda _: shares(session)["transit"] == 1, "the node is in transit")
        session.expect_re(r"MOVING none", within=150)
        after = shares(session)
        check(after["inference"] == before["inference"] + 1 and after["spare"] == before["spare"] - 1,
              f"the pools: {before} -> {after}")
        session.expect_re(r"last d-1 .*done")
        settled(session, home)
        check(home.kinds() == ["asked", "accepted", "verified"], str(home.kinds()))
        session.key("M").expect("MOVES", "FORECAST", "OUTCOME").expect_re(r"d-1 +DONE +1/1 spare -> chat")
        session.key("a").expect("AUDIT").expect_re(r"VERIFIED +d-1")
        session.key("Esc").expect("MOVES").key("A")
        planned(session).expect("UNDOES d-1").expect("y: move 1 node")
        decision = session.expect_re(r"PLAN (d-\d+)")[1]
        session.key("y").expect_re(rf"{decision} +\w+ .*chat -> spare")
        session.expect_re(rf"{decision} +DONE", within=150)
        session.key("Esc").main()
        session.until(lambda _: shares(session) == before, "the pools are as they were")
        settled(session, home, count=2)
        session.quit()
        verified(home, "d-1", "done")
        check("takes back d-1" in verified(home, decision, "done"), "the way back does not name what it takes back")


@slow
def test_a_losing_move_needs_the_name_and_nothing_else_will_do():
    with Home() as home, Session(*TIGHT, home=home) as session:
        session.started().key("r")
        planned(session)
        name = loser(session)
        session.key("y")                    # goes to the field, confirms nothing
        session.key("Enter")                # an empty field
        session.expect(f"type {name}")
        session.type("wrong").key("Enter").expect("that is not it")
        check(home.audit() == [], f"something was sent: {home.kinds()}")
        session.key(*["Backspace"] * 5)
        session.type(name).key("Enter")
        decision = session.expect_re(r"MOVING 2 \S+ (d-\d+)")[1]
        # Before LOSS: one question, and it is free.
        session.key("A").expect("free, nothing is lost yet").key("n").expect("nothing was sent")
        session.key("A").expect("free, nothing is lost yet").key("y")
        session.key("+")                    # faster, up to 5: going back takes its time
        session.until(lambda _: "aborted" in home.kinds(), "the abort is in the audit")
        session.key("+")
        session.expect_re(r"MOVING none", within=150)
        session.quit()
        check("lost 0 GPU-h" in verified(home, decision, "aborted"), "an abort before LOSS lost work")
        asked = [r for r in home.audit() if r["kind"] == "asked" and r.get("decision") == decision]
        check(len(asked) == 2, f"asked: {asked}")


@slow
def test_after_loss_the_way_back_is_a_plan():
    with Home() as home, Session("--nodes", "24", "--speed", "5", home=home) as session:
        session.started().key("r")
        planned(session)
        name = loser(session)
        session.key("Tab").type(name).key("Enter").expect_re(r"MOVING 2 .*d-\d+")
        session.key("M").expect("MOVES")
        session.expect_re(r"^ +su01-n\d\d .*past", within=90)
        session.key("A").expect("past LOSS or going back")
        decision = session.expect_re(r"^ (d-\d+) +RUNNING")[1]
        check("aborted" not in home.kinds() and home.kinds().count("asked") == 1, f"sent: {home.kinds()}")
        session.expect_re(rf"^ {decision} +DONE", within=150)
        settled(session, home)
        session.key("A").expect("PLAN", f"UNDOES {decision}", "TAKES 2")
        session.key("Esc").expect("MOVES").key("Esc").main().quit()
        confirmed = [r for r in home.audit() if r["kind"] == "asked"][0]
        check(name in json.dumps(confirmed), f"the confirmed name is not in the audit: {confirmed}")
        check(float(re.search(r"lost ([\d.]+) GPU-h", verified(home, decision, "done"))[1]) > 0, "it lost nothing")


def test_hold_stops_what_would_start_and_its_release_is_asked():
    with Home() as home, Session(*CALM, home=home) as session:
        session.started().key("H").expect_re(r"^ SIM sim .* HOLD ")
        session.key("r")
        planned(session).expect("HOLD is on").key("y")
        session.key("Esc").main()
        session.key("H").expect("release HOLD").key("n").expect("nothing was sent").expect_re(r"^ SIM sim .* HOLD ")
        session.key("H").expect("release HOLD").key("y").expect_re(r"^ SIM sim .* MANUAL ")
        session.quit()
        check(home.kinds() == ["asked", "held", "asked", "released"]
              or [k for k in home.kinds() if k in ("held", "released")] == ["held", "released"], str(home.kinds()))


@slow
def test_hold_keeps_a_running_move_from_its_next_step():
    with Home() as home, Session(*CALM, home=home) as session:
        session.started().key("r")
        planned(session).expect("y: move 1 node").key("y").expect_re(r"MOVING 1 .*d-1")
        session.key("H").expect_re(r"^ SIM sim .* HOLD ")
        session.key("M").expect_re(r"d-1 +HELD", within=90)
        steps = [r["step"] for r in home.audit() if r["kind"] == "step"]
        check(steps == ["load"], f"HOLD let a step start: {steps}")
        session.key("H").expect("release HOLD").key("y")
        session.expect_re(r"d-1 +DONE", within=150)
        settled(session, home)
        session.key("Esc").main().quit()
        verified(home, "d-1", "done")


def test_quitting_while_a_move_runs_asks_and_the_audit_says_interrupted():
    with Home() as home:
        with Session(*CALM, home=home) as session:
            session.started().key("r")
            planned(session).expect("y: move 1 node").key("y").expect_re(r"MOVING 1 .*d-1")
            session.key("q").expect("QUIT?", "1 move still running", "d-1", "INTERRUPTED")
            session.key("Enter").main()
            session.key("q").expect("QUIT?").key("Esc").main()
            session.key("C-c").expect("QUIT?").key("y").ends(0).given_back()
        kinds = home.kinds()
        with Session(*CALM, home=home) as session:
            session.started().quit()
        check("interrupted" in home.kinds(), f"not closed: {kinds}, then {home.kinds()}")
        verified(home, "d-1", "interrupted")


def test_key_repeat_bursts_and_paste_never_act():
    with Home() as home, Session(*CALM, home=home) as session:
        session.started().key("r")
        planned(session).expect("y: move 1 node")
        session.do("paste", "y").expect("pasted text is ignored")
        session.do("type", "yyyyyyyyyyyyyyyy")
        session.expect_re("ignored")
        session.key("Esc").main()
        # All at once: a plan, its confirmation and Enter must not run through.
        session.do("type", "ryy\r").watch(0.3)
        session.do("type", ">y").watch(0.3)
        check([k for k in home.kinds() if k in ("asked", "accepted")] == [], f"it acted: {home.kinds()}")
        session.key("Esc")
        session.main().key("H").expect("  HOLD  ").key("H").expect("release HOLD")
        session.do("type", "yyyy").watch(0.5)
        check("released" not in home.kinds(), "a burst released HOLD")
        session.expect("release HOLD").key("y").gone("  HOLD  ")


def test_the_pages_show_jobs_lifecycle_and_money():
    with Home() as home, Session("--nodes", "64", "--speed", "5", home=home) as session:
        session.started().key("J").expect("JOBS", "OWNER", "RISK", "PENDING")
        session.key("s").expect("sorted by time left")
        session.key("L").expect("LIFECYCLE", "BOTTLENECK", "FLYWHEEL", "x the compute of pretraining")
        session.key("E").expect("ECONOMICS", "PUE", "COST/M", "think")
        session.key("Esc").main().key("S").expect("this factory is in one place")
        session.quit()


def test_a_factory_of_three_sites_is_visited_and_a_move_stays_inside():
    with Home() as home, Session("--nodes", "40", "--sites", "india,japan,norway", "--speed", "5", home=home) as session:
        session.started()
        check(" SIM sim-india" in session.text().splitlines()[0], "it does not open on the first site")
        session.key("S").expect("SITES 3", "india", "japan", "norway")
        session.expect_re(r"^ +all .* 120 ")
        session.key("G", "Enter").main().expect(" SIM sim-norway")
        session.key(">")
        planned(session).key("y").expect_re(r"MOVING 1 .*d-1")
        session.key("S").expect_re(r"> norway .* 1 ")
        session.key("Esc").main().key("q").expect("QUIT?").key("y").ends(0).given_back()
        files = sorted(path.name for path in (home.state / "tokenworks").glob("audit-*.jsonl"))
        written = [name for name in files if (home.state / "tokenworks" / name).stat().st_size > 0]
        check(written == ["audit-sim-norway.jsonl"], f"audits: {written}")
