# SPDX-License-Identifier: Apache-2.0
"""Instructions by callgrind: a count that neither a busy machine nor another one moves by much."""
import os
import re
import subprocess
import tempfile


class Counted:
    """A binary without its debug tables, which valgrind cannot read."""

    def __init__(self, binary):
        handle, self.copy = tempfile.mkstemp(prefix="tokenworks-stripped-")
        os.close(handle)
        subprocess.run(["strip", "-d", "-o", self.copy, binary], check=True)
        os.chmod(self.copy, 0o700)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        os.unlink(self.copy)

    def megabytes(self):
        with tempfile.NamedTemporaryFile(prefix="tokenworks-bare-") as bare:
            subprocess.run(["strip", "-o", bare.name, self.copy], check=True)
            return os.path.getsize(bare.name) / 1e6

    def instructions(self, *arguments, options=()):
        """Instructions of a whole run that ends by itself."""
        done = subprocess.run(
            ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *options, self.copy, *map(str, arguments)],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=300)
        found = re.search(r"Collected *: *(\d+)", done.stderr)
        if done.returncode != 0 or not found:
            raise SystemExit(f"bench: valgrind of {' '.join(map(str, arguments))} ended with {done.returncode}:\n"
                             + done.stderr[-2000:])
        return int(found[1])

    def per_tick(self, nodes):
        """Instructions of one second of a simulated plant: counted inside SimulatedPlant.advance only, over 20,000 seconds."""
        inside = "--toggle-collect=$s10Simulation14SimulatedPlantV7advance2toy7Factory0C4TimeV_tF"
        return self.instructions("status", "--seed", 1, "--nodes", nodes, "--at", 20000, options=[inside]) / 20000

    def per_poll(self, nodes):
        """Instructions of one poll of a simulated plant that is 10 plant seconds older: what 300 of them add."""
        few, many = (self.instructions("status", "--seed", 1, "--nodes", nodes, "--at", at) for at in (600, 3600))
        return (many - few) / 300
