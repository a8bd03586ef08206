#!/usr/bin/env python3
"""The figures of `farfield check --json` against ffmpeg's meter and plain numpy, for every file named.

    pip install numpy
    benches/judge/measures.py --farfield target/release/farfield FILE…

Loudness, range and true peak by `ffmpeg -af ebur128=peak=true`; correlation and mono loss (K-weighted, mean
power of both sides against that of (L + R)/2) by numpy on what ffmpeg decodes. Prints each file and the greatest
differences; ffmpeg rounds to 0.1.
"""
import argparse, json, re, subprocess, sys
from pathlib import Path

import numpy as np

# BS.1770-5, tables 1 and 2, as poles and zeros do not move: the analogue prototypes, bilinear at any rate.
SHELF = dict(f0=1681.9744509555319, gain_db=3.99984385397, q=0.7071752369554193)
HIGH_PASS = dict(f0=38.13547087613982, q=0.5003270373253953)


def k_weight_power(hz, rate):
    """The squared gain of K-weighting at some frequencies."""
    z = np.exp(-2j * np.pi * hz / rate)
    k = np.tan(np.pi * SHELF["f0"] / rate)
    vh, q = 10 ** (SHELF["gain_db"] / 20), SHELF["q"]
    vb = vh**0.499666774155
    b = np.array([vh + vb * k / q + k * k, 2 * (k * k - vh), vh - vb * k / q + k * k])
    a = np.array([1 + k / q + k * k, 2 * (k * k - 1), 1 - k / q + k * k])
    shelf = (b[0] + b[1] * z + b[2] * z * z) / (a[0] + a[1] * z + a[2] * z * z)
    k, q = np.tan(np.pi * HIGH_PASS["f0"] / rate), HIGH_PASS["q"]
    a = np.array([1 + k / q + k * k, 2 * (k * k - 1), 1 - k / q + k * k]) / (1 + k / q + k * k)
    high = (1 - 2 * z + z * z) / (1 + a[1] * z + a[2] * z * z)
    return np.abs(shelf * high) ** 2


def by_ffmpeg(path):
    run = ["ffmpeg", "-hide_banner", "-nostats", "-i", path, "-af", "ebur128=peak=true", "-f", "null", "-"]
    said = subprocess.run(run, capture_output=True, text=True, check=True).stderr.rsplit("Summary:", 1)[1]
    number = lambda pattern: float(re.search(pattern, said, re.S).group(1))
    lufs, peak = number(r"I:\s+(-?[\d.]+) LUFS"), number(r"Peak:\s+(-?[\d.]+) dBFS")
    return {"integrated_lufs": lufs, "loudness_range_lu": number(r"LRA:\s+(-?[\d.]+) LU"),
            "true_peak_dbtp": peak, "plr_db": peak - lufs}


def by_numpy(path):
    probe = ["ffprobe", "-v", "error", "-select_streams", "a:0", "-show_entries", "stream=sample_rate,channels", "-of", "csv=p=0", path]
    rate, channels = map(int, subprocess.run(probe, capture_output=True, text=True, check=True).stdout.strip().rstrip(",").split(","))
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-f", "f32le", "-"], capture_output=True, check=True).stdout
    sound = np.frombuffer(raw, np.float32).reshape(-1, channels).astype(float)
    left, right = sound[:, 0], sound[:, -1]
    n = len(left)
    # One long transform: sums over its bins are sums over time (Parseval). The judge looks at 20 Hz to 20 kHz.
    length = -(-n // 65536) * 65536
    l, r = np.fft.rfft(left, length), np.fft.rfft(right, length)
    hz = np.arange(len(l)) * rate / length
    audible = (hz >= 20) & (hz <= 20000)
    l, r, hz = l[audible], r[audible], hz[audible]
    ll, rr, lr = np.abs(l) ** 2, np.abs(r) ** 2, (l * r.conj()).real
    k = k_weight_power(hz, rate)
    both, cross = np.sum(k * (ll + rr)), np.sum(k * lr)
    with np.errstate(divide="ignore", invalid="ignore"):
        return {"correlation": np.sum(lr) / np.sqrt(np.sum(ll) * np.sum(rr)),
                "mono_loss_db": 10 * np.log10(0.5 * (both + 2 * cross) / both)}


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--farfield", default="target/release/farfield")
    ap.add_argument("files", nargs="+")
    a = ap.parse_args()
    worst = {}
    for path in a.files:
        run = [a.farfield, "check", path, "--json", "--on", "studio"]
        ours = json.loads(subprocess.run(run, capture_output=True, text=True, check=True).stdout)["measures"]
        theirs = by_ffmpeg(path) | by_numpy(path)
        words = []
        for name, other in theirs.items():
            own = ours[name]
            if own is None or not np.isfinite(other):
                continue
            difference = abs(own - other)
            words.append(f"{name} {own:.2f}/{other:.2f}")
            if difference > worst.get(name, (0, ""))[0]:
                worst[name] = (difference, Path(path).name)
        print(f"{Path(path).name}: {', '.join(words)}", flush=True)
    print(f"\ngreatest difference over {len(a.files)} files:")
    for name, (difference, file) in worst.items():
        print(f"  {name:18s} {difference:.3f}  ({file})")


if __name__ == "__main__":
    sys.exit(main())
