# SPDX-License-Identifier: Apache-2.0
"""kill -9 of the daemon at random instants, while it moves and while it starts."""
from harness import slow
from kills import campaign


@slow
def test_a_daemon_killed_forty_times_loses_and_doubles_nothing():
    print(f"{campaign(40)} moves were accepted on the way")
