# SPDX-License-Identifier: Apache-2.0
"""Demand traces for the tests, with the columns of docs/trace.md: a calm start, then a flood, then calm again."""
import csv
import gzip
import io


def trace(rows=48, step=600, calm=60.0, flood=90.0, at=range(4, 40), extra=("video", "audio")):
    """CSV text: requests per second of chat jump at the rows `at`; `extra` are classes that the plant does not model."""
    out = io.StringIO()
    classes = ("chat", "think", *extra)
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["t_s", *(f"{name}_{column}" for name in classes for column in ("rps", "idc", "in", "out"))])
    for row in range(rows):
        chat = flood if row in at else calm
        demand = {"chat": (chat, 4, 350, 290), "think": (3, 3, 1100, 1400)}
        writer.writerow([row * step, *(value for name in classes for value in demand.get(name, (5, 2, 300, 100)))])
    return out.getvalue()


def write(path, text):
    """Plain, or gzip when the name ends so."""
    data = text.encode()
    path.write_bytes(gzip.compress(data) if path.name.endswith(".gz") else data)
    return path
