# SPDX-License-Identifier: Apache-2.0
"""Machines that each exporter names in its own way: hints say so, and labels or a table of names join them."""
import json

from harness import Home, Session, check, fixture, pages, run, serve

VLLM = tuple(fixture(f"vllm-0.32.0/t{n}.txt") for n in (0, 1))
DCGM = fixture("documented-dcgm-exporter/t1.txt").replace(b"} 79", b"} 0")
HOST = fixture("node_exporter-1.5.0/t0.txt")


def write(home, url, more="", top=""):
    groups = [{"targets": [url.removeprefix("http://")], "labels": {"__metrics_path__": path, "__meta_node": "gpu07", "dc": "oslo"}}
              for path in ("/host", "/gpu", "/llm")]
    (home.config / "tokenworks/targets.json").write_text(json.dumps(groups))
    home.write_config(f"{top}sources:\n  - scrape:\n      file: targets.json\n      interval: 1\n{more}")


def status(home):
    return json.loads(run("status", "--json", "--interval", "0.5", home=home).stdout)


def test_one_machine_under_three_names():
    with Home() as home, serve({"/host": HOST, "/gpu": DCGM, "/llm": pages(*VLLM)}) as url:
        write(home, url)
        report = status(home)
        # Two exporters at one address do not agree, and the engine there is of nobody knows which.
        check(report["nodes"]["total"] == 2 and report["allocation"]["inference"] is None, str(report))
        check(any("127.0.0.1 is named" in hint for hint in report["hints"]), str(report["hints"]))
        check(any("engines at 127.0.0.1 are on no known node" in hint for hint in report["hints"]), str(report["hints"]))
        told = run("doctor", home=home).stdout
        check("hint  names" in told and "127.0.0.1 is named" in told, told)
        with Session(home=home, size="160x40") as session:
            session.expect_re(r"nodes/floor: tiny\S* -( |$)")
            session.quit()
        # A label of the list, whatever the pages say.
        write(home, url, more="      node: {label: __meta_node}\n      site: {label: dc}\n")
        report = status(home)
        check(report["nodes"]["total"] == 1 and report["allocation"]["inference"] == 1, str(report))
        check(report["hints"] == [] and report["nodes"]["serving"] == 1, str(report))
        with Session(home=home, size="160x40") as session:
            session.expect("gpu07", "oslo").expect_re(r"nodes/floor: tiny\S* 1")
            session.quit()
        # A table of names.
        write(home, url, top="names:\n  gpu07: [vm, GPU-Node-07]\n")
        report = status(home)
        check(report["nodes"]["total"] == 1 and report["nodes"]["serving"] == 1 and report["hints"] == [], str(report))
        with Session(home=home) as session:
            session.expect("gpu07").quit()
