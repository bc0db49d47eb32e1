#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the end-to-end tests: every function `test_*` of the files `test_*.py` beside this one.

  run.py [--shared] [WORD ...]    WORD: only tests whose name contains one of the words
                                  --shared: the main job on ../shared's traces and captures instead

Closes with 'N passed, N failed' and ends with 1 when one failed, or when no test ran.
"""
import concurrent.futures
import importlib
import pathlib
import sys
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))


def found(shared, words):
    for path in sorted(HERE.glob("shared_*.py" if shared else "test_*.py")):
        module = importlib.import_module(path.stem)
        for name, function in vars(module).items():
            if name.startswith("test_") and callable(function):
                if not words or any(word in f"{path.stem}.{name}" for word in words):
                    yield f"{path.stem}.{name}", function


def attempt(item):
    name, function = item
    start = time.monotonic()
    try:
        function()
        return name, None, time.monotonic() - start
    except Exception:  # every failure of a test is reported, whatever it is
        return name, traceback.format_exc(), time.monotonic() - start


def main(arguments):
    shared = "--shared" in arguments
    words = [a for a in arguments if not a.startswith("-")]
    tests = list(found(shared, words))
    passed = failed = 0
    # Two at a time: each waits for its program most of the time.
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        for name, problem, seconds in pool.map(attempt, tests):
            print(f"{'ok    ' if problem is None else 'FAILED'} {seconds:6.1f} s  {name}", flush=True)
            if problem is None:
                passed += 1
            else:
                failed += 1
                print(problem, flush=True)
    print(f"{passed} passed, {failed} failed")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
