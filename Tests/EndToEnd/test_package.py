# SPDX-License-Identifier: Apache-2.0
"""Getting it onto a host: what is installed, the package, and the service's unit."""
import os
import re
import shutil
import signal
import socket
import subprocess
import time

from harness import BINARY, ROOT, Home, check

SCRIPTS = ROOT / "Scripts"


def sh(*words, **more):
    done = subprocess.run([str(word) for word in words], stdin=subprocess.DEVNULL, capture_output=True, text=True, **more)
    check(done.returncode == 0, f"{words}: ended with {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def test_what_is_installed_works_from_where_it_lies():
    with Home() as home:
        root = home.path / "root"
        sh(SCRIPTS / "stage", BINARY, root, "/usr")
        place = root / "usr"
        sh("bash", "-n", place / "share/bash-completion/completions/tokenworks")
        check("#compdef tokenworks" in (place / "share/zsh/site-functions/_tokenworks").read_text(), "zsh")
        check("complete -c" in (place / "share/fish/vendor_completions.d/tokenworks.fish").read_text(), "fish")
        page = sh("gzip", "-dc", place / "share/man/man1/tokenworks.1.gz")
        for words in (".SH NAME", ".SS attach", ".SS serve", r"\fB\-\-scrape <scrape>\fR"):
            check(words in page, f"the manual page has no {words!r}")
        check("dial" not in page, "the manual page speaks of a command that is nobody's to type")
        if shutil.which("man"):
            (home.path / "tokenworks.1").write_text(page)
            done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", str(home.path / "tokenworks.1")],
                                  capture_output=True, text=True, env={**os.environ, "MANWIDTH": "80"})
            check(done.stderr == "" and "SYNOPSIS" in done.stdout, done.stderr[:500])
        done = subprocess.run([place / "bin/tokenworks", "config", "check"], env=home.env(), capture_output=True, text=True)
        check(done.returncode == 0, done.stderr)


def test_the_package_holds_it_all_and_the_unit_is_sound():
    with Home() as home:
        binary = home.path / "tokenworks"
        sh("strip", "-o", binary, BINARY)
        # Not packed: that is what takes the time.
        package = sh(SCRIPTS / "deb", binary, home.path, env={**os.environ, "DPKG_DEB_COMPRESSOR_TYPE": "none"}).strip()
        facts = sh("dpkg-deb", "-f", package)
        check(re.search(r"^Package: tokenworks$", facts, re.M) and "libncursesw6" in facts, facts)
        listed = sh("dpkg-deb", "-c", package)
        for path in ("bin/tokenworks", "share/tokenworks/themes/mono.yaml", "share/man/man1/tokenworks.1.gz",
                     "lib/systemd/system/tokenworks.service", "lib/sysusers.d/tokenworks.conf",
                     "share/doc/tokenworks/remote.md"):
            check(re.search(rf"root/root .* \./usr/{path}$", listed, re.M), f"{path} is not in the package:\n{listed}")
        tree = home.path / "tree"
        sh("dpkg-deb", "-x", package, tree)
        if not shutil.which("systemd-analyze"):
            print("skipped: the unit is not verified, there is no systemd-analyze")
            return
        unit = tree / "usr/lib/systemd/system/tokenworks.service"
        done = subprocess.run(["systemd-analyze", f"--root={tree}", "verify", "tokenworks.service"],
                              capture_output=True, text=True)
        # Units of others and the manual of another folder are not in this tree.
        wrong = [line for line in done.stderr.splitlines()
                 if "tokenworks.service:" in line and "not found" not in line and "man tokenworks" not in line]
        check(wrong == [], "\n".join(wrong))
        security = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", str(unit)],
                                  capture_output=True, text=True).stdout
        exposure = re.search(r"exposure level for tokenworks.service: ([\d.]+)", security)
        check(exposure and float(exposure[1]) <= 2.5, f"{security[-400:]}")


def test_a_service_manager_hears_when_it_is_ready_and_when_it_ends():
    with Home() as home, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(str(home.path / "notify"))
        notify.settimeout(30)
        process = subprocess.Popen(
            [str(BINARY), "serve", "--nodes", "8", "--socket", str(home.path / "run/t.sock")],
            env=home.env(NOTIFY_SOCKET=str(home.path / "notify")), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            check(notify.recv(100) == b"READY=1", "not ready")
            check((home.path / "run/t.sock").is_socket(), "ready before its socket is there")
            process.send_signal(signal.SIGTERM)
            check(notify.recv(100) == b"STOPPING=1", "ends without a word")
            end = time.monotonic() + 15
            while process.poll() is None and time.monotonic() < end:
                time.sleep(0.05)
            check(process.poll() == 0, f"ended with {process.poll()}")
        finally:
            process.kill()
            process.wait()
