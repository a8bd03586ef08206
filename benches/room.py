#!/usr/bin/env python3
"""How fast the listening room is there, how much it takes, measured on a running program. Linux only.

    cargo build --release -p farfield-cli
    benches/room.py target/release/farfield MIX [SECONDS]

Rounds alternate `check MIX` and `listen MIX`, in which it is played as soon as it can be, or not; the medians are printed; then SECONDS (20) of a stream are read
in real time. For the figure on memory, give an hour of music as MIX.
"""
import json
import os
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

ROUNDS = 6
# The page asks four times a second; more often would take from those who work.
ASKED_EVERY_S = 0.05


def asked(url):
    with urllib.request.urlopen(url, timeout=60) as answer:
        return answer.read()


def cpu_s(pid):
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_mib(pid):
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024


def opened(binary, mix):
    began = time.monotonic()
    room = subprocess.Popen([binary, "-q", "listen", mix, "--no-open"], stdout=subprocess.PIPE, text=True)
    url = room.stdout.readline().strip()
    asked(url)
    return room, url, began, time.monotonic() - began


def listened(binary, mix, plays):
    """Seconds to the page, to its sound if somebody plays it as soon as he can (as much as the page waits for), to the end
    of decoding, to the verdict and to the true level."""
    room, url, began, page_s = opened(binary, mix)
    times = {}

    def hear():
        sound = urllib.request.urlopen(url + "api/sound?system=studio", timeout=60)
        sound.read(struct.calcsize("<2f") * 12_000)
        times["heard"] = time.monotonic() - began

    verdict_s = whole_s = settled_s = None
    listener = threading.Thread(target=hear)
    while settled_s is None:
        tracks = json.loads(asked(url + "api/state"))["tracks"]
        now = time.monotonic() - began
        if plays and tracks and listener.ident is None:
            listener.start()
        if tracks and tracks[0].get("whole", True) and whole_s is None:
            whole_s = now
        if tracks and tracks[0]["verdict"] and verdict_s is None:
            verdict_s = now
        if verdict_s and tracks[0].get("settled", True):
            settled_s = now
        time.sleep(ASKED_EVERY_S)
    if plays:
        listener.join()
    return room, url, page_s, times.get("heard"), whole_s, verdict_s, settled_s


def streamed(room, url, rate_hz, seconds):
    """The share of a core that one listener takes, once everything else is done."""
    while True:
        before = cpu_s(room.pid)
        time.sleep(1)
        if cpu_s(room.pid) - before < 0.02:
            break
    sound = urllib.request.urlopen(url + "api/sound?system=car", timeout=60)
    sound.read(struct.calcsize("<2f") * int(rate_hz))  # the page's buffer of a second
    before, began = cpu_s(room.pid), time.monotonic()
    for second in range(seconds):
        sound.read(struct.calcsize("<2f") * int(rate_hz))
        time.sleep(max(0.0, began + second + 1 - time.monotonic()))
    return (cpu_s(room.pid) - before) / (time.monotonic() - began)


def main():
    binary, mix = sys.argv[1:3]
    seconds = int(sys.argv[3]) if len(sys.argv) > 3 else 20
    with tempfile.TemporaryDirectory() as home:
        os.environ["FARFIELD_HOME"] = home
        checks, rounds = [], []
        for turn in range(ROUNDS):
            began = time.monotonic()
            subprocess.run([binary, "-q", "check", mix, "--json"], stdout=subprocess.DEVNULL, check=True)
            checks.append(time.monotonic() - began)
            room, url, *times = listened(binary, mix, turn % 2 == 1)
            rounds.append(times)
            if turn < ROUNDS - 1:
                room.send_signal(2), room.wait()
        rate_hz = json.loads(asked(url + "api/state"))["tracks"][0]["rate_hz"]
        share = streamed(room, url, rate_hz, seconds)
        memory = peak_mib(room.pid)
        room.send_signal(2), room.wait()
    def median(values):
        return statistics.median(value for value in values if value is not None)

    page, heard, whole, _, settled = (median(times) for times in zip(*rounds))
    check = median(checks)
    quiet, played = (median(times[3] for times in rounds[turn::2]) for turn in (0, 1))
    print(f"check                {check:6.2f} s")
    print(f"page                 {page:6.2f} s after the start")
    print(f"heard, if played     {heard:6.2f} s")
    print(f"decoded to its end   {whole:6.2f} s")
    print(f"verdict              {quiet:6.2f} s: {quiet - check:+.2f} s against check")
    print(f"verdict while played {played:6.2f} s: {played - check:+.2f} s against check")
    print(f"its true level       {settled:6.2f} s")
    print(f"a stream takes       {100 * share:6.1f} % of a core")
    print(f"greatest memory      {memory:6.0f} MiB")


if __name__ == "__main__":
    main()
