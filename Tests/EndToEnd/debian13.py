# SPDX-License-Identifier: Apache-2.0
"""A real Slurm of Debian 13 on loopback: its daemons and commands run in a folder that debootstrap made (Scripts/test-live)."""
import contextlib
import os
import pathlib
import shutil
import signal
import subprocess

from harness import ROOT, check
from slurm import RIG, Cluster

SYSTEM = pathlib.Path(os.environ.get("DEBIAN13", ROOT / ".build-live/debian13")).resolve()


class NewerCluster(Cluster):
    """Its commands run in the other system; `commands` is a folder from which anybody here can run them.

    What they were asked stands in its file `asked`, a line each."""

    def __init__(self, folder, commands):
        super().__init__(folder)
        self.commands = commands
        commands.mkdir()
        for name in ("scontrol", "squeue", "sdiag", "scancel", "sinfo", "sbatch"):
            command = commands / name
            command.write_text(
                f'#!/bin/sh\necho "{name} $*" >> {commands}/asked\nexec /usr/sbin/chroot {SYSTEM} /usr/bin/{name} "$@"\n')
            command.chmod(0o755)

    def run(self, word, *words, **options):
        return super().run(self.commands / word, *words, **options)


@contextlib.contextmanager
def newer_cluster(home, nodes=4, **knobs):
    """As `cluster`, of the other system. The cluster's folder has the same path inside and outside."""
    folder = home.path / "slurm"
    inside = SYSTEM / str(folder)[1:]
    inside.mkdir(parents=True)
    folder.symlink_to(inside)
    shutil.copy(RIG, SYSTEM / "slurm-rig.sh")
    guard = subprocess.Popen(
        [str(RIG), "guard", str(folder), str(os.getpid())], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True)
    env = {"PATH": os.environ["PATH"], "RIG_NODES": str(nodes), **{f"RIG_{k.upper()}": str(v) for k, v in knobs.items()}}
    try:
        # The daemons keep the mount of /proc to themselves; nothing of it is left here.
        up = 'mount -t proc proc "$0/proc" && exec chroot "$0" /slurm-rig.sh up "$1"'
        done = subprocess.run(
            ["unshare", "--mount", "--propagation", "private", "sh", "-c", up, str(SYSTEM), str(folder)], env=env,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
        check(done.returncode == 0, f"Debian 13's Slurm does not come up in {SYSTEM}\n{done.stdout}")
        yield NewerCluster(folder, home.path / "commands")
    finally:
        subprocess.run([str(RIG), "purge", str(folder)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)
        shutil.rmtree(inside.parent, ignore_errors=True)
        with contextlib.suppress(OSError):
            os.killpg(guard.pid, signal.SIGKILL)
        guard.wait()
