#!/bin/sh
# What `farfield check` costs beside `ffmpeg -af ebur128=peak=true` on the same file.
#
#     benches/judge/speed.sh [ROUNDS] [FARFIELD]
#
# Wall time, processor time and peak memory, medians of ROUNDS (5) in turn, on a piece of four minutes, 48 kHz stereo
# FLAC, made of the shipped excerpt; with six stems; with 24 files at once; on eight hours. Needs ffmpeg, python3 and a
# quiet machine: it says the load. The aims: 1.5 times ffmpeg's wall time and 200 MiB; with six stems 7 times.
set -eu
rounds=${1:-5}
root=$(cd "$(dirname "$0")/../.." && pwd)
farfield=${2:-$root/target/release/farfield}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

make() { # FILE SECONDS SOURCE GAIN
    ffmpeg -v error -stream_loop -1 -i "$3" -t "$2" -af "volume=$4" -ar 48000 -ac 2 -sample_fmt s32 "$1"
}
song=$root/music/metal-madness.flac
make "$folder/mix.flac" 240 "$song" 1
mkdir "$folder/stems" "$folder/many"
# Six stems that sum to the mix.
for n in 1 2 3 4 5 6; do make "$folder/stems/stem-$n.flac" 240 "$song" 0.166667; done
for n in $(seq 24); do cp "$folder/mix.flac" "$folder/many/$n.flac"; done
make "$folder/eight-hours.flac" 28800 "$song" 1

python3 - "$rounds" "$farfield" "$folder" <<'PYTHON'
import glob, os, statistics, subprocess, sys, time

rounds, farfield, folder = int(sys.argv[1]), sys.argv[2], sys.argv[3]


def run(command):
    """Wall and processor seconds, and MiB at most."""
    start = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"{' '.join(command)}: exit {child.returncode}")
    return time.monotonic() - start, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


mix, stems, long = f"{folder}/mix.flac", f"{folder}/stems", f"{folder}/eight-hours.flac"
ffmpeg = ["ffmpeg", "-nostats", "-i", mix, "-af", "ebur128=peak=true", "-f", "null", "-"]
cases = {
    "ffmpeg ebur128, 4 min": (ffmpeg, rounds),
    "check, 4 min": ([farfield, "check", mix], rounds),
    "check, 4 min, 6 stems": ([farfield, "check", mix, "--stems", stems], rounds),
    "check, 24 files of 4 min": ([farfield, "check", *sorted(glob.glob(f"{folder}/many/*")), "--jsonl"], 1),
    "ffmpeg ebur128, 8 h": ([long if part == mix else part for part in ffmpeg], 1),
    "check, 8 h": ([farfield, "check", long], 1),
}
found = {name: [] for name in cases}
print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
for turn in range(rounds):
    for name, (command, times) in cases.items():
        if turn < times:
            found[name].append(run(command))
base = {}
print(f"{'':26} {'wall s':>8} {'cpu s':>8} {'MiB':>6} {'wall':>7} {'cpu':>6}  (of ffmpeg)")
for name, results in found.items():
    wall, cpu, memory = (statistics.median(column) for column in zip(*results))
    kind = "8 h" if "8 h" in name else "4 min"
    base.setdefault(kind, (wall, cpu))
    print(f"{name:26} {wall:8.2f} {cpu:8.2f} {memory:6.0f} {wall / base[kind][0]:7.2f} {cpu / base[kind][1]:6.2f}")
PYTHON
