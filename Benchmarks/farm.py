#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A load server that costs little: many hosts on loopback, each with the page of a dcgm-exporter, counted as they are asked.

  farm.py HOSTS VARIANTS LIST [--plain]    LIST: where the targets are written, one URL per line
                                           --plain: never packed, as dcgm-exporter itself answers

Host N is 127.x.y.z with one port for all, so that a client has one connection a host, as in a plant. Bodies are made
before the first request, plain and packed; a host goes through its VARIANTS in turn, so that no answer is the last one
again. Commands on stdin: `mark` begins to count, `report SECONDS` prints one JSON object, SECONDS apart being one
scrape of a host; the end of stdin ends it. Answers `ready` when it listens.
"""
import asyncio
import gzip
import json
import random
import resource
import socket
import sys
import time

# The counters that dcgm-exporter comes with, and what moves from one second to the next: (name, type, fixed value or None).
METRICS = (
    ("DCGM_FI_DEV_SM_CLOCK", "gauge", None), ("DCGM_FI_DEV_MEM_CLOCK", "gauge", "2619"),
    ("DCGM_FI_DEV_MEMORY_TEMP", "gauge", None), ("DCGM_FI_DEV_GPU_TEMP", "gauge", None),
    ("DCGM_FI_DEV_POWER_USAGE", "gauge", None), ("DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", "counter", None),
    ("DCGM_FI_DEV_PCIE_REPLAY_COUNTER", "counter", "0"), ("DCGM_FI_DEV_GPU_UTIL", "gauge", None),
    ("DCGM_FI_DEV_MEM_COPY_UTIL", "gauge", None), ("DCGM_FI_DEV_ENC_UTIL", "gauge", "0"),
    ("DCGM_FI_DEV_DEC_UTIL", "gauge", "0"), ("DCGM_FI_DEV_XID_ERRORS", "gauge", "0"),
    ("DCGM_FI_DEV_FB_FREE", "gauge", None), ("DCGM_FI_DEV_FB_USED", "gauge", None),
    ("DCGM_FI_DEV_FB_RESERVED", "gauge", "638"), ("DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS", "counter", "0"),
    ("DCGM_FI_DEV_CORRECTABLE_REMAPPED_ROWS", "counter", "0"), ("DCGM_FI_DEV_ROW_REMAP_FAILURE", "gauge", "0"),
    ("DCGM_FI_DEV_NVLINK_BANDWIDTH_TOTAL", "counter", None), ("DCGM_FI_DEV_VGPU_LICENSE_STATUS", "gauge", "0"),
    ("DCGM_FI_PROF_GR_ENGINE_ACTIVE", "gauge", None), ("DCGM_FI_PROF_PIPE_TENSOR_ACTIVE", "gauge", None),
    ("DCGM_FI_PROF_DRAM_ACTIVE", "gauge", None), ("DCGM_FI_PROF_PCIE_TX_BYTES", "gauge", None),
    ("DCGM_FI_PROF_PCIE_RX_BYTES", "gauge", None),
)
GPUS = 8


def template(host, dice):
    """The page of a host with a %s for each number that moves."""
    uuids = [f"GPU-{dice.getrandbits(32):08x}-{dice.getrandbits(16):04x}-{host:04x}-{gpu:04x}-{dice.getrandbits(48):012x}"
             for gpu in range(GPUS)]
    lines = []
    for name, kind, fixed in METRICS:
        lines.append(f"# HELP {name} As dcgm-exporter says it.\n# TYPE {name} {kind}")
        for gpu, uuid in enumerate(uuids):
            lines.append(
                f'{name}{{gpu="{gpu}",UUID="{uuid}",pci_bus_id="00000000:{gpu * 27 + 15:02X}:00.0",device="nvidia{gpu}",'
                f'modelName="NVIDIA H100 80GB HBM3",Hostname="gpu{host:05d}.cluster.local",'
                f'DCGM_FI_DRIVER_VERSION="550.54.15"}} {"%s" if fixed is None else fixed}')
    return "\n".join(lines) + "\n"


def numbers(variant, dice):
    """What moves, in the order of the page."""
    found = []
    gpus = [dice.random() for _ in range(GPUS)]
    for name, _, fixed in METRICS:
        if fixed is not None:
            continue
        for load in gpus:
            noise = dice.random()
            if "PROF_PCIE" in name:
                found.append(str(int(load * 2e10 + noise * 1e8)))
            elif "PROF" in name:
                found.append(f"{load * 0.9 + noise * 0.1:.6f}")
            elif "POWER" in name:
                found.append(f"{120 + load * 560 + noise * 10:.6f}")
            elif "CLOCK" in name:
                found.append(str(1200 + int(load * 52) * 15))
            elif "TEMP" in name:
                found.append(str(int(35 + load * 40 + noise * 3)))
            elif "FB_FREE" in name:
                found.append(str(int(81000 - 70000 * load)))
            elif "FB_USED" in name:
                found.append(str(80920 - int(81000 - 70000 * load) % 80000))
            elif "UTIL" in name:
                found.append(str(min(100, int(load * 97 + noise * 4))))
            else:
                found.append(str(900_000_000_000 + variant * 650_000 + int(noise * 1e5)))
    return tuple(found)


class Host:
    """The answers of one host, and what was asked of it since `mark`."""

    def __init__(self, number, variants, plain, keep):
        dice = random.Random(number)
        page = template(number, dice)
        bodies = [(page % numbers(variant, dice)).encode() for variant in range(variants)]
        self.length = sum(map(len, bodies)) / variants
        # A packed body weighs a tenth: of ten thousand hosts the plain ones are unpacked when somebody asks for them.
        self.plain = [answer(body) for body in bodies] if plain or keep else None
        self.packed = None if plain else [answer(gzip.compress(body, 6, mtime=0), packed=True) for body in bodies]
        self.turn = number
        self.times = []

    def answer(self, takes_gzip):
        self.turn += 1
        self.times.append(time.monotonic())
        if self.packed and takes_gzip:
            return self.packed[self.turn % len(self.packed)]
        if self.plain:
            return self.plain[self.turn % len(self.plain)]
        packed = self.packed[self.turn % len(self.packed)]
        return answer(gzip.decompress(packed[packed.index(b"\r\n\r\n") + 4:]))


def answer(body, packed=False):
    coding = "Content-Encoding: gzip\r\n" if packed else ""
    return (f"HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n{coding}"
            f"Content-Length: {len(body)}\r\n\r\n").encode() + body


class Wire(asyncio.Protocol):
    """One connection; which host it is for is the address that was connected to."""

    def __init__(self, farm):
        self.farm, self.rest = farm, b""

    def connection_made(self, transport):
        self.transport = transport
        self.host = self.farm.hosts[number(transport.get_extra_info("sockname")[0])]

    def data_received(self, data):
        *requests, self.rest = (self.rest + data).split(b"\r\n\r\n")
        for request in requests:
            answer = self.host.answer(b"gzip" in request)
            self.farm.sent += len(answer)
            self.transport.write(answer)


def address(number):
    return f"127.{1 + number // 62500}.{1 + number // 250 % 250}.{1 + number % 250}"


def number(address):
    _, a, b, c = map(int, address.split("."))
    return (a - 1) * 62500 + (b - 1) * 250 + c - 1


class Farm:
    def __init__(self, count, variants, plain):
        self.hosts = [Host(number, variants, plain, keep=count <= 2000) for number in range(count)]
        self.mark()

    def mark(self):
        for host in self.hosts:
            host.times.clear()
        self.sent, self.began, self.processor = 0, time.monotonic(), time.process_time()

    def report(self, interval):
        now = time.monotonic()
        return {"seconds": now - self.began, "processor": time.process_time() - self.processor,
                "scrapes": sum(len(host.times) for host in self.hosts), "sent": self.sent,
                "bytes": sum(len(host.times) * host.length for host in self.hosts),
                "missed": sum(missed(host.times, self.began, now, interval) for host in self.hosts)}

    async def serve(self, listing):
        resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
        listener = socket.socket()
        # All of 127.0.0.0/8 by one socket, and nothing beyond loopback.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")
        listener.bind(("", 0))
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Wire(self), sock=listener, backlog=4096)
        port = listener.getsockname()[1]
        with open(listing, "w") as file:
            file.writelines(f"http://{address(number)}:{port}/metrics\n" for number in range(len(self.hosts)))
        print("ready", flush=True)
        reader = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while line := (await reader.readline()).split():
            if line[0] == b"mark":
                self.mark()
            else:
                print(json.dumps(self.report(float(line[1]))), flush=True)
        server.close()


def missed(times, began, ended, interval):
    """Scrapes that a host did not get: by the time between its first and its last, so that jitter at the ends is none."""
    if not times:
        return round((ended - began) / interval)
    inside = round((times[-1] - times[0]) / interval) + 1 - len(times)
    # Half an interval late is late, not missed.
    ends = ((times[0] - began) / interval - 0.5, (ended - times[-1]) / interval - 0.5)
    return max(0, inside) + sum(max(0, int(end)) for end in ends)


if __name__ == "__main__":
    words = [word for word in sys.argv[1:] if not word.startswith("-")]
    asyncio.run(Farm(int(words[0]), int(words[1]), "--plain" in sys.argv).serve(words[2]))
