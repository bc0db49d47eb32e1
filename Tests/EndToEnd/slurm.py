# SPDX-License-Identifier: Apache-2.0
"""A real Slurm cluster on loopback (slurm-rig.sh), for as long as a test lasts."""
import concurrent.futures
import contextlib
import getpass
import os
import pathlib
import re
import signal
import subprocess
import time

from harness import ROOT, check

RIG = ROOT / "Tests/EndToEnd/slurm-rig.sh"


class Cluster:
    """A cluster that is up; nodes are node001 and so on, partitions training and inference."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.conf = self.folder / "etc/slurm.conf"

    def env(self):
        env = {k: v for k, v in os.environ.items() if not k.startswith(("SLURM", "SQUEUE", "SINFO", "RIG_"))}
        return {**env, "SLURM_CONF": str(self.conf), "LC_ALL": "C", "TZ": "UTC"}

    def run(self, *words, status=0, timeout=30):
        """A command of Slurm's, as an administrator would type it; gives its output."""
        done = subprocess.run(
            [str(w) for w in words], env=self.env(), stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=timeout)
        if status is not None:
            check(done.returncode == status, f"{words}: ended with {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def submit(self, *flags, seconds=9000):
        """A job that sleeps; gives its number."""
        said = self.run("sbatch", "-o", "/dev/null", *flags, f"--wrap=exec sleep {seconds}")
        return said.split()[-1]

    def fill(self, pending):
        """A gang that has all of training, and behind it so many jobs as people submit them: no two rows are alike."""
        self.submit("-p", "training", f"-N{len(self.members('training'))}", "--gres=gpu:8", "-J", "pretrain", "-t", "2-0")
        self.until(lambda: self.run("squeue", "-h", "-t", "R"), "the gang runs")
        script = self.folder / "job.sh"
        script.write_text("#!/bin/sh\nexec sleep 9000\n")

        def submit(number):
            self.run(
                "sbatch", "-o", "/dev/null", "-D", "/", "-p", "training", f"--uid={('root', 'games', 'nobody')[number % 3]}",
                f"-N{1 + number % 7}", f"--gres=gpu:{(8, 4, 1)[number % 3]}", "-t", 60 + number % 600, "-J", f"sweep-{number}",
                script)

        with concurrent.futures.ThreadPoolExecutor(max_workers=4) as pool:
            list(pool.map(submit, range(pending)))

    def members(self, partition):
        """The nodes of a partition, one by one."""
        record = self.run("scontrol", "-o", "show", "partition", partition)
        return set(self.run("scontrol", "show", "hostnames", re.search(r" Nodes=(\S+)", record)[1]).split())

    def node(self, name):
        """`scontrol show node`, as pairs."""
        return dict(w.split("=", 1) for w in self.run("scontrol", "-o", "show", "node", name).split() if "=" in w)

    def until(self, condition, what, within=30):
        end = time.monotonic() + within
        while time.monotonic() < end:
            if condition():
                return
            time.sleep(0.1)
        check(False, f"not within {within} s: {what}\n{self.run('squeue', status=None)}{self.run('sinfo', '-N', status=None)}")

    def rig(self, *words):
        subprocess.run([str(RIG), *words, str(self.folder)], check=True, stdout=subprocess.DEVNULL, timeout=90)

    @property
    def controller(self):
        return int((self.folder / "run/slurmctld.pid").read_text())

    @property
    def user(self):
        return getpass.getuser()

    def rest(self):
        """Where its two slurmrestd answer: a socket, and a URL that wants tokens."""
        knobs = dict(word.split("=", 1) for word in (self.folder / "knobs").read_text().split())
        return self.folder / "run/rest.sock", f"http://127.0.0.1:{int(knobs['RIG_BASE_PORT']) + 1}"

    def cut(self):
        """Ends the controller as a crash does, in the middle of whatever it is asked, and starts it again."""
        pid = self.controller
        os.kill(pid, signal.SIGKILL)
        stat = pathlib.Path(f"/proc/{pid}/stat")
        self.until(lambda: not stat.exists() or stat.read_text().split()[2] == "Z", "slurmctld is gone")
        (self.folder / "run/slurmctld.pid").unlink()
        self.rig("start", "ctld")
        self.until(lambda: "UP" in self.run("scontrol", "ping", status=None), "slurmctld answers again")

    def freeze(self):
        os.kill(self.controller, signal.SIGSTOP)

    def thaw(self):
        os.kill(self.controller, signal.SIGCONT)


@contextlib.contextmanager
def cluster(home, nodes=16, **knobs):
    """Starts it in the test's own folder. Whatever becomes of the test, a guard takes it down."""
    folder = home.path / "slurm"
    folder.mkdir()
    guard = subprocess.Popen(
        [str(RIG), "guard", str(folder), str(os.getpid())], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True)
    env = {**os.environ, "RIG_NODES": str(nodes), **{f"RIG_{k.upper()}": str(v) for k, v in knobs.items()}}
    for name in ("SLURM_CONF", "SLURM_JWT"):
        env.pop(name, None)
    try:
        done = subprocess.run(
            [str(RIG), "up", str(folder)], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=120)
        check(done.returncode == 0, f"the rig does not come up (packages: make packages-test)\n{done.stdout}")
        yield Cluster(folder)
    finally:
        subprocess.run([str(RIG), "purge", str(folder)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)
        with contextlib.suppress(OSError):
            os.killpg(guard.pid, signal.SIGKILL)
        guard.wait()
