# SPDX-License-Identifier: Apache-2.0
"""Keys that may do nothing else, through a hardened sshd: who comes as what, who steers, and who has to agree."""
import os
import shlex
import shutil
import signal
import subprocess

from harness import BINARY, PANELS, SSH_RIG, Home, Session, check, run
from test_attach import PLANT, Daemon, attached, shown
from test_ssh import rig

# Whatever moves is above the limit of one person.
STRICT = "rails:\n  reason_share: 0.02\n"


def own(call, key, role, name, daemon):
    """Makes a key of the rig one that runs `ssh-shell` and nothing else."""
    words = ["env", *(f"{k}={v}" for k, v in sorted(daemon.home.env().items()) if k.startswith("XDG_")),
             str(BINARY), "ssh-shell", "--role", role, "--as", name, "--socket", str(daemon.socket)]
    call("cmd", key, "exec " + shlex.join(words))


def through(home, key, *command, size="120x36"):
    """ssh -t with that key."""
    return Session(
        home=home, program=[str(SSH_RIG), "ssh", key, "-tt", "rig", *command], size=size,
        SSH_RIG_DIR=str(home.path / "rig"))


def here(session, name, role):
    session.expect(*PANELS)
    # Keys that act wait for the first numbers.
    session.expect(f"you {name}/{role}", "helm ")
    return session


def refused(home, key, command):
    """ssh without a terminal; -> what it said."""
    done = subprocess.run(
        [str(SSH_RIG), "ssh", key, "rig", command], env={**home.env(), "SSH_RIG_DIR": str(home.path / "rig")},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    check(done.returncode == 64, f"{command}: {done.returncode} {done.stdout}{done.stderr}")
    return done.stderr


def test_a_key_opens_the_dashboard_as_its_owner_and_runs_nothing_else():
    with Home() as home, rig(home, "--hardened") as call, Daemon(home, *PLANT) as daemon:
        own(call, "operator", "operator", "eve", daemon)
        own(call, "viewer", "viewer", "ann", daemon)
        with through(home, "operator") as eve, through(home, "viewer", size="160x40") as ann:
            here(eve, "eve", "operator").expect("helm FREE")
            here(ann, "ann", "viewer").key("H").expect("ann is a viewer: only an operator may act")
            ann.key("r").expect("PLAN", "cannot be confirmed: ann is a viewer").key("Escape")
            eve.key("h").expect("helm you")
            ann.expect("helm eve")
            eve.key("r").expect("PLAN", "TAKES", "y: move 1 node").key("y")
            eve.until(lambda _: "accepted" in home.kinds(), "the move is in the audit")
            by = {record["by"] for record in home.audit() if record["kind"] in ("asked", "accepted", "helm")}
            check(by == {"eve"}, f"the audit names {by}")
            who = run("who", home=home).stdout
            check("eve  operator" in who and "ann  viewer" in who and "from 127.0.0.1" in who, who)
            ann.key("q").ends(0).given_back()
            eve.key("q").ends(0).given_back()
        for command in ("id", "tokenworks serve", "tokenworks attach; id", "tokenworks dial-stdio --socket '/x'", "sh -c id"):
            said = refused(home, "operator", command)
            check("this key opens the dashboard" in said and "uid=" not in said, said)
        # The same key carries the interface of another host, and comes as the same person.
        ssh = home.path / "ssh"
        ssh.write_text(f'#!/bin/sh\nexec "{SSH_RIG}" ssh viewer "$@"\n')
        ssh.chmod(0o700)
        with Session("attach", "ssh://rig", home=home, TOKENWORKS_SSH=str(ssh), SSH_RIG_DIR=str(home.path / "rig")) as far:
            here(far, "ann", "viewer").quit()
        run("audit", "verify", home=home)


def test_two_operators_hand_over_the_helm_and_approve_what_is_large():
    with Home() as home, rig(home, "--hardened") as call:
        home.write_config(STRICT)
        with Daemon(home, *PLANT) as daemon:
            own(call, "operator", "operator", "eve", daemon)
            own(call, "viewer", "operator", "adam", daemon)
            with through(home, "operator") as eve, through(home, "viewer") as adam:
                here(eve, "eve", "operator")
                here(adam, "adam", "operator").key("h").expect("helm you")
                eve.expect("helm adam").key("r").expect("PLAN", "adam has the helm since").key("Escape")
                eve.key("h").expect("take the helm from adam").key("y").expect("helm you")
                adam.expect("eve took the helm from you", "helm eve")
                eve.key("r").expect("PLAN", "adam must approve").key("Tab").type("the chat queue grows").key("Enter")
                asked = eve.expect("waits for a second operator: adam").expect_re(r"(d-\d) WAITS")[1]
                adam.expect(f"eve ASKS {asked}")
                adam.key("V").expect(f"APPROVE? eve asks for {asked}", "the chat queue grows")
                check("step" not in home.kinds(steps=True), "nothing moves before somebody agreed")
                adam.key("n").expect_re(r"adam declined d-\d of eve")
                eve.gone("WAITS")
                eve.key("r").expect("PLAN", "adam must approve").key("Tab").type("it grows and grows").key("Enter")
                # What adam's screen shows may be of before: nobody looked at it meanwhile.
                asked = eve.expect_re(r"(d-\d) WAITS")[1]
                adam.expect(f"eve ASKS {asked}").key("V").expect("APPROVE?", "it grows and grows").key("y").expect("is accepted")
                eve.until(lambda _: "step" in home.kinds(steps=True), "the approved move runs")
                adam.key("q").ends(0)
                eve.key("q").ends(0)
            begun = [record for record in home.audit() if record["details"].get("approved_by")]
            check([(r["by"], r["details"]["approved_by"]) for r in begun] == [("eve", "adam")], str(begun))
            check(not any(record["details"].get("flag") for record in home.audit()), "nobody acted alone")
            run("audit", "verify", home=home)


def test_a_move_by_command_waits_and_is_withdrawn_declined_or_lapses_with_its_daemon():
    with Home() as home, rig(home, "--hardened") as call:
        home.write_config(STRICT)
        with Daemon(home, *PLANT) as daemon:
            own(call, "viewer", "operator", "adam", daemon)
            with through(home, "viewer") as adam:
                # The desk hears each second of who is there.
                here(adam, "adam", "operator").watch(3)
                args = ("move", "--to", "inference/chat", "--from", "spare", "--nodes", 1, "--reason", "the queue grows")

                def asks():
                    """The command, once it waits; -> it and the decision."""
                    move = subprocess.Popen(
                        [str(BINARY), *map(str, args)], env=home.env(), stdin=subprocess.DEVNULL,
                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
                    adam.until(lambda _: home.kinds()[-1:] == ["waiting"], "the plan waits")
                    return move, adam.expect_re(r"ASKS (d-\d)")[1]

                move, decision = asks()
                listed = run("moves", home=home).stdout
                for words in (f"{decision} WAITS for a second operator, ", " left:", "asked by", "1 node spare -> chat",
                              "the queue grows", "'tokenworks attach', then V"):
                    check(words in listed, f"`moves` does not say {words!r}: {listed!r}")
                move.send_signal(signal.SIGINT)
                said = "".join(move.communicate(timeout=60))
                check(move.returncode == -signal.SIGINT, f"ended as {move.returncode}: {said}")
                check(f"took {decision} back: nothing was sent" in said, f"it does not say so: {said!r}")
                adam.gone("ASKS")
                check(home.kinds()[-1] == "withdrawn", f"{home.kinds()}")
                check("WAITS" not in run("moves", home=home).stdout, "it waits still")
                move, decision = asks()
                adam.key("V").expect("APPROVE?", "the queue grows").key("n").expect(f"adam declined {decision}")
                said = "".join(move.communicate(timeout=60))
                check(move.returncode == 3 and f"{decision} is declined by adam: nothing was sent" in said,
                      f"{move.returncode}: {said[-500:]!r}")
                check(home.kinds()[-1] == "declined", f"{home.kinds()}")
                adam.key("a").expect("2 waiting", "DECLINED", "WITHDRAWN", "WAITING").key("Escape")
                move, decision = asks()
                daemon.kill()
                move.kill()
                move.communicate()
            check("step" not in home.kinds(steps=True), "something moved that nobody approved")
        with Daemon(home, *PLANT) as daemon:
            last = home.audit()[-1]
            check(last["kind"] == "lapsed" and last["decision"] == decision and "was cut" in last["text"], str(last))
            check(f"{decision} " in run("moves", home=home).stdout, "the lapsed request is not among the moves")
            check(daemon.stop() == 0, "no orderly end")
        run("audit", "verify", home=home)


def test_who_is_alone_gives_a_reason_and_the_audit_flags_it():
    with Home() as home:
        home.write_config(STRICT)
        with Daemon(home, *PLANT), attached(home) as session:
            shown(session).expect("helm FREE")
            session.key("r").expect("PLAN", "flagged in the audit").key("Tab").type("nobody else is awake").key("Enter")
            session.until(lambda _: any(r["details"].get("flag") for r in home.audit()), "the flag")
            session.expect("helm you").key("q").ends(0).given_back()
            run("audit", "verify", home=home)


def as_other(*groups):
    """A command of another account (65534), with these groups; the first is its own."""
    return ["setpriv", "--reuid", "65534", "--regid", groups[0], "--groups", ",".join(groups)]


def test_the_groups_of_an_account_make_it_operator_or_viewer():
    if os.geteuid() or not shutil.which("setpriv"):
        return print("skipped: it needs root and setpriv, for another account")
    if subprocess.run([*as_other("0"), "test", "-x", str(BINARY)]).returncode:
        return print(f"skipped: another account cannot run {BINARY}")
    with Home() as home:
        os.chmod(home.path, 0o711)
        main = home.path / "sockets/t.sock"
        with Daemon(home, *PLANT, "--socket", main, "--operators", "4711", "--viewers", "0"):
            check([oct(os.stat(p).st_mode & 0o777) for p in (main, main.parent)] == ["0o660", "0o750"], "modes")
            check(os.stat(main).st_gid == 4711 and os.stat(main.with_name("t.view.sock")).st_gid == 0, "groups")
            ways = (("4711", main, "operator"), ("4711", main.with_name("t.view.sock"), "viewer"),
                    ("12", main.with_name("t.view.sock"), "viewer"))
            for extra, path, role in ways:
                # Group 0 is the folder's, so that it gets that far.
                words = [*as_other("0", extra), str(BINARY), "attach", f"unix:{path}"]
                with Session(home=home, program=words) as session:
                    session.expect(*PANELS).expect("helm ").expect_re(rf"you \S+/{role}")
                    session.key("H")
                    session.expect("only an operator may act") if role == "viewer" else session.expect("HOLD by")
                    if role == "operator":
                        session.key("H").expect("release HOLD").key("y").expect("HOLD is released")
                    session.key("q").ends(0)
            for path in (main, main.with_name("t.gate.sock")):
                done = subprocess.run(
                    [*as_other("0", "12"), str(BINARY), "attach", f"unix:{path}"], env=home.env(),
                    stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
                check(done.returncode == 69 and "you may not use" in done.stderr, f"{path}: {done.stderr}")
