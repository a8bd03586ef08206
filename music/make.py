#!/usr/bin/env python3
"""Cuts the shipped excerpt from its source. See README.md beside this file.

    ./make.py "SONGS/Metal madness"

SONGS/Metal madness holds `guitar.ogg` and `song.ogg`, the backing. Needs Python 3, `ffmpeg` and `flac`; no packages.
The stems are cut, faded and rounded to 16 bits; the mix is the sum of the rounded stems, so that the stems
add up to the mix exactly.
"""

import array
import hashlib
import math
import pathlib
import random
import subprocess
import sys

RATE_HZ = 44_100
# The down-beat after a section, 35 ms before it is struck, to the last ring of the song's last hit.
START_S, END_S = 108.80, 136.20
FADE_IN_S, FADE_OUT_S = 0.025, 1.6
# At their own level the stems sum to 1.55 times full scale; with this gain the mix peaks at -1.1 dBTP.
GAIN_DB = -4.90
# The last bit of the dither is a function of this alone.
SEED = 2

# Stem, its file in the source, and the file's SHA-256.
STEMS = [
    ("guitar", "guitar.ogg", "e991caf357b3dfe19994682bfc3d1ed7c17d4de072c1f865dd6ccd719c0bccd7"),
    ("backing", "song.ogg", "22d096855d628c1f892dd1770573f6de8bd5150c6db63f86c8c15386f9d4b4e6"),
]
TAGS = {
    "TITLE": "Metal madness (excerpt)",
    "ARTIST": "Sectoid (Carlos Viola Iborra)",
    "COPYRIGHT": "Copyright (c) 2006/2007 Carlos Viola Iborra",
    "LICENSE": "MIT (Expat), see README.md",
}


def decode(path, sha256):
    """The excerpt of one file as interleaved stereo floats, full scale 1."""
    if hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
        sys.exit(f"{path}: not the file the excerpt was cut from (its SHA-256 differs)")
    command = ["ffmpeg", "-v", "error", "-i", path, "-f", "f32le", "-c:a", "pcm_f32le", "-"]
    samples = array.array("f", subprocess.run(command, check=True, capture_output=True).stdout)
    return samples[2 * round(START_S * RATE_HZ) : 2 * round(END_S * RATE_HZ)]


def fade(frame, frames):
    """Raised cosines at both ends."""
    head = min(1.0, frame / (FADE_IN_S * RATE_HZ))
    tail = min(1.0, (frames - 1 - frame) / (FADE_OUT_S * RATE_HZ))
    return (0.5 - 0.5 * math.cos(math.pi * head)) * (0.5 - 0.5 * math.cos(math.pi * tail))


def round_to_16_bits(samples, seed):
    """Gain, fades and TPDF dither."""
    dither = random.Random(seed)
    amplitude = 32_768 * 10 ** (GAIN_DB / 20)
    frames = len(samples) // 2
    fades = [fade(frame, frames) * amplitude for frame in range(frames)]
    return [round(x * fades[n // 2] + dither.random() - dither.random()) for n, x in enumerate(samples)]


def encode(samples, path, title):
    """16-bit FLAC at the smallest size. `array` refuses what does not fit 16 bits."""
    command = ["flac", "--silent", "--force", "--best", "-o", path]
    command += ["--force-raw-format", "--endian=little", "--sign=signed"]
    command += ["--channels=2", "--bps=16", f"--sample-rate={RATE_HZ}"]
    command += [f"--tag={key}={value}" for key, value in (TAGS | {"TITLE": title}).items()]
    pcm = array.array("h", samples)
    if sys.byteorder == "big":
        pcm.byteswap()
    subprocess.run([*command, "-"], input=pcm.tobytes(), check=True)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    source, here = pathlib.Path(sys.argv[1]), pathlib.Path(__file__).parent
    stems = []
    for number, (name, file, sha256) in enumerate(STEMS):
        stem = round_to_16_bits(decode(source / file, sha256), SEED + number)
        encode(stem, here / "stems" / f"{name}.flac", f"{TAGS['TITLE']}: {name}")
        stems.append(stem)
    encode([sum(together) for together in zip(*stems)], here / "metal-madness.flac", TAGS["TITLE"])


main()
