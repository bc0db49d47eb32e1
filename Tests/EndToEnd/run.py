#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the end-to-end tests: every function `test_*` of the files `test_*.py` beside this one.

  run.py [--shared|--live|--vllm|--soak] [--list] [WORD ...]   WORD: only tests whose name contains one of the words
                                  --shared: the main job on real traces and captures instead (folder SHARED)
                                  --soak: what takes longer than a test may, one at a time (make soak)
                                  --live, --vllm: real engines instead, one test at a time (Scripts/test-live)

Each test is a process of its own. Closes with 'N passed, N failed' and ends with 1 when one failed, or when no test
ran. TOKENWORKS names another binary than the debug build; JOBS another number of tests at a time.
"""
import concurrent.futures
import importlib
import os
import pathlib
import subprocess
import sys
import time

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
# Most of a test is waiting for a program, so more run at a time than there are cores.
JOBS = int(os.environ.get("JOBS", 3))
LIMIT = 420


def found(kind, words):
    """Names of the tests in the files of a kind, the slow ones first."""
    tests = []
    for path in sorted(HERE.glob(f"{kind}_*.py")):
        module = importlib.import_module(path.stem)
        for name, function in vars(module).items():
            if name.startswith("test_") and callable(function):
                full = f"{path.stem}.{name}"
                if not words or any(word in full for word in words):
                    tests.append((not hasattr(function, "slow"), full))
    return [name for _, name in sorted(tests, key=lambda test: test[0])]


def attempt(name):
    """-> (name, whether it failed, what it said, seconds)"""
    start = time.monotonic()
    try:
        done = subprocess.run(
            [sys.executable, "-B", __file__, "--one", name], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace",
            timeout=LIMIT * (10 if name.startswith("soak") else 1))
        failed, said = done.returncode != 0, done.stdout
    except subprocess.TimeoutExpired as late:
        failed, said = True, f"not over after {late.timeout:.0f} s\n{late.output or ''}"
    return name, failed, said, time.monotonic() - start


def main(arguments):
    if arguments[:1] == ["--one"]:
        module, name = arguments[1].split(".")
        getattr(importlib.import_module(module), name)()
        return 0
    kind = next((kind for kind in ("shared", "live", "vllm", "soak") if f"--{kind}" in arguments), "test")
    tests = found(kind, [a for a in arguments if not a.startswith("-")])
    if "--list" in arguments:
        print("\n".join(tests))
        return 0
    start = time.monotonic()
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=1 if kind in ("live", "vllm", "soak") else JOBS) as pool:
        for future in concurrent.futures.as_completed([pool.submit(attempt, name) for name in tests]):
            name, bad, said, seconds = future.result()
            print(f"{'FAILED' if bad else 'ok    '} {seconds:6.1f} s  {name}", flush=True)
            failed += bad
            if said.strip():
                print(said, flush=True)
    print(f"{len(tests) - failed} passed, {failed} failed, {time.monotonic() - start:.0f} s")
    return 0 if tests and not failed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
