# SPDX-License-Identifier: Apache-2.0
"""Many targets from one process: each at its own moment of the interval, and never more files open than there may be."""
import re
import time

from harness import BINARY, Home, Session, check, run, serve

COUNT = 90


def limited(soft, hard, *args):
    return ["bash", "-c", f'ulimit -Sn {soft} && ulimit -Hn {hard} && exec "$0" "$@"', BINARY, *args]


def plant(home, asked):
    def page(number):
        body = f'DCGM_FI_DEV_GPU_UTIL{{UUID="GPU-{number}",gpu="0",Hostname="n{number}"}} 50\n'.encode()

        def answer(request):
            asked.setdefault(number, []).append((time.monotonic(), request.headers.get("Connection")))
            request.send_response(200)
            request.send_header("Content-Length", str(len(body)))
            request.end_headers()
            request.wfile.write(body)

        return answer

    def listing(url):
        path = home.path / "targets.txt"
        path.write_text("".join(f"{url}/{number}\n" for number in range(COUNT)))
        return path

    return {f"/{number}": page(number) for number in range(COUNT)}, listing


def test_many_targets_are_asked_one_after_the_other():
    asked = {}
    with Home() as home:
        routes, listing = plant(home, asked)
        with serve(routes) as url:
            targets = listing(url)
            arguments = ("--targets", targets, "--interval", "2")
            with Session(*arguments, home=home, program=limited(64, 1024)) as session:
                session.expect(f"ok, {COUNT} targets").watch(9)
                limits = open(f"/proc/{session.program.pid}/limits").read()
                # Room for all of them and for the program itself, and no more than that.
                check(int(re.search(r"Max open files +(\d+)", limits)[1]) == COUNT + 128, limits)
                session.quit()
            # The rounds after the first: every target once in each, none with all the others.
            start = min(times[0][0] for times in asked.values()) + 3
            moments = sorted(t for times in asked.values() for t, _ in times if t > start)
            check(len(moments) > 2 * COUNT, f"{len(moments)} polls of {COUNT} targets")
            busiest = max(sum(t <= m < t + 0.1 for m in moments) for t in moments)
            check(busiest < COUNT / 2, f"{busiest} of {COUNT} targets were asked within 0.1 s of 2 s")
            check(all(header is None or header.lower() != "close" for times in asked.values() for _, header in times),
                  "connections do not stay open")
            # Where there may be fewer files than targets no connection stays, and the doctor says so.
            asked.clear()
            with Session(*arguments, home=home, program=limited(64, 180)) as session:
                session.expect(f"ok, {COUNT} targets").quit()
            check(all(header == "close" for times in asked.values() for _, header in times), "connections stay open")
            told = run("-c", 'ulimit -n 180 && exec "$0" "$@"', BINARY, "doctor", *arguments, home=home, binary="bash")
            check(f"{COUNT} targets and 180 open files (ulimit -Hn)" in told.stdout, told.stdout)
            check("LimitNOFILE" not in run("doctor", *arguments, home=home).stdout, "a hint without a reason")
