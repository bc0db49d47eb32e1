#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""badlink - a bad network link without tc netem: two network namespaces joined by two TUN devices and this
process, which delays, drops and rate-limits every IP packet (so TCP really sees RTT, loss and a full queue).

  badlink.py [--rtt MS] [--loss P] [--kbit N] [--queue BYTES] [--name N] [--for S] -- COMMAND...

Runs COMMAND (with BADLINK_A / BADLINK_B = the namespaces, 10.99.0.1 / 10.99.0.2), then removes everything.
Commands in a side: `ip netns exec $BADLINK_A ...`. Root only. No packet leaves the two namespaces.
SIGUSR1 cuts the link, SIGUSR2 restores it.
"""
import argparse, ctypes, fcntl, heapq, json, os, random, select, signal, struct, subprocess, sys, time
ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
ap.add_argument("--rtt", type=float, default=150); ap.add_argument("--loss", type=float, default=0.01)
ap.add_argument("--kbit", type=float, default=256); ap.add_argument("--queue", type=int, default=32768)
ap.add_argument("--name", default="bl"); ap.add_argument("--cc", default="cubic"); ap.add_argument("--for", dest="lim", type=float, default=300)
ap.add_argument("--seed", type=int, default=1); ap.add_argument("cmd", nargs=argparse.REMAINDER)
o = ap.parse_args(); cmd = o.cmd[1:] if o.cmd[:1] == ["--"] else o.cmd
libc = ctypes.CDLL(None, use_errno=True); rnd = random.Random(o.seed)
ns = [o.name + "A", o.name + "B"]; ip = ["10.99.0.1", "10.99.0.2"]; fds = []
sh = lambda *a: subprocess.run(a, check=True, stdout=subprocess.DEVNULL)
home = os.open("/proc/self/ns/net", os.O_RDONLY)
proc = None
def stop(*_): raise SystemExit(143)
signal.signal(signal.SIGTERM, stop); signal.signal(signal.SIGINT, stop)
cut = [False]
signal.signal(signal.SIGUSR1, lambda *_: cut.__setitem__(0, True)); signal.signal(signal.SIGUSR2, lambda *_: cut.__setitem__(0, False))
stats = [{"pkts": 0, "bytes": 0, "lost": 0, "tail": 0} for _ in (0, 1)]
rc = 1
try:
    for i in (0, 1):
        sh("ip", "netns", "add", ns[i])
        f = os.open("/run/netns/" + ns[i], os.O_RDONLY); assert libc.setns(f, 0x40000000) == 0; os.close(f)
        t = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(t, 0x400454CA, struct.pack("16sH22x", b"tun0", 0x1001)); fds.append(t)     # IFF_TUN|IFF_NO_PI
        libc.setns(home, 0x40000000)
        sh("ip", "-n", ns[i], "link", "set", "lo", "up")
        sh("ip", "-n", ns[i], "addr", "add", ip[i] + "/24", "dev", "tun0")
        sh("ip", "-n", ns[i], "link", "set", "tun0", "mtu", "1500", "up")
        subprocess.run(["ip", "netns", "exec", ns[i], "sysctl", "-qw", "net.ipv4.tcp_congestion_control=" + o.cc], stderr=subprocess.DEVNULL)
    proc = subprocess.Popen(cmd, env=dict(os.environ, BADLINK_A=ns[0], BADLINK_B=ns[1], BADLINK_PID=str(os.getpid())))
    heap, n, free = [], 0, [0.0, 0.0]; end = time.monotonic() + o.lim
    rate = o.kbit * 1000 / 8 if o.kbit else 0
    while proc.poll() is None and time.monotonic() < end:
        now = time.monotonic()
        while heap and heap[0][0] <= now:
            _, _, d, p = heapq.heappop(heap)
            if not cut[0]:
                try: os.write(fds[1 - d], p)
                except OSError: pass
        wait = min(0.05, max(0, heap[0][0] - now)) if heap else 0.05
        try: r, _, _ = select.select(fds, [], [], wait)
        except InterruptedError: continue
        for f in r:
            d = fds.index(f)
            for _ in range(64):
                try: p = os.read(f, 65535)
                except BlockingIOError: break
                now = time.monotonic(); s = stats[d]; s["pkts"] += 1; s["bytes"] += len(p)
                if rnd.random() < o.loss or cut[0]: s["lost"] += 1; continue
                start = max(now, free[d])
                if rate and (start - now) * rate > o.queue: s["tail"] += 1; continue
                free[d] = start + (len(p) / rate if rate else 0); n += 1
                heapq.heappush(heap, (free[d] + o.rtt / 2000, n, d, p))
    rc = proc.wait(timeout=1) if proc.poll() is not None else 124
finally:
    if proc and proc.poll() is None:
        proc.terminate()
        try: proc.wait(5)
        except subprocess.TimeoutExpired: proc.kill(); proc.wait()
    for f in fds: os.close(f)
    for n_ in ns: subprocess.run(["ip", "netns", "del", n_], stderr=subprocess.DEVNULL)
    print("badlink: A->B %s  B->A %s" % tuple(map(json.dumps, stats)), file=sys.stderr)
sys.exit(rc)
