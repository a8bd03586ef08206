"""The bundled VST3 in two hosts that are not ours: does it load without a display, pass an offline render untouched,
and sound as the catalogue says once "Rendering" is on? Usage: hosts.py Farfield.vst3"""

import sys
import time

import dawdreamer
import numpy
import pedalboard

RATE_HZ = 48_000
LATENCY = 225
path = sys.argv[1]
noise = numpy.random.default_rng(1).standard_normal((2, 2 * RATE_HZ)).astype(numpy.float32) * 0.1


def level_db(sound):
    return 10 * numpy.log10(numpy.mean(numpy.square(sound, dtype=numpy.float64)) + 1e-20)


def check(what, holds, found=""):
    print(("ok    " if holds else "FAILS ") + what, found)
    if not holds:
        sys.exit(1)


def untouched(sound, latency):
    """Whether a sound is the noise, later by the latency."""
    return numpy.abs(sound[:, latency:] - noise[:, : sound.shape[1] - latency]).max() == 0.0


plugin = pedalboard.load_plugin(path)
names = set(plugin.parameters)
check("pedalboard loads it and sees its knobs", {"system", "room", "seal", "rendering", "ceiling"} <= names, sorted(names))
plain = plugin(noise, RATE_HZ, reset=True)
# Pedalboard takes the reported latency off again.
check("pedalboard: an offline render is untouched", untouched(plain, 0), plain.shape)
plugin.rendering = True
plugin.system = "phone"
# The phone is heard in the street.
plugin.noise = False
phone = plugin(noise, RATE_HZ, reset=True)
half = RATE_HZ // 2


def bass_db(sound):
    spectrum = numpy.abs(numpy.fft.rfft(sound[:, half:], axis=1)) ** 2
    hertz = numpy.fft.rfftfreq(sound[:, half:].shape[1], 1 / RATE_HZ)
    part = lambda low, high: spectrum[:, (hertz >= low) & (hertz < high)].sum()
    return 10 * numpy.log10(part(40, 120) / part(500, 2_000))


check("pedalboard: the phone has lost the bass", bass_db(phone) < bass_db(noise) - 20, f"{bass_db(phone) - bass_db(noise):.1f} dB")
state = plugin.raw_state
other = pedalboard.load_plugin(path)
other.raw_state = state
check("pedalboard: the state comes back", other.system == "phone" and bool(other.rendering), (other.system, other.rendering))
again = other(noise, RATE_HZ, reset=True)
check("pedalboard: and sounds the same", numpy.abs(again - phone).max() < 1e-6, numpy.abs(again - phone).max())

def rendered(block):
    """What comes out at last: this host hurries and does not say so, so that the system is ready only after a while."""
    engine = dawdreamer.RenderEngine(RATE_HZ, block)
    hosted = engine.make_plugin_processor("farfield", path)
    index = {described["name"]: described["index"] for described in hosted.get_parameters_description()}
    engine.load_graph([(engine.make_playback_processor("noise", noise), []), (hosted, ["noise"])])
    hosted.set_parameter(index["Noise"], 0.0)
    hosted.set_parameter(index["System"], 8 / 63)
    for _ in range(120):
        engine.render(2.0)
        sound = engine.get_audio()
        if level_db(sound[:, half:]) > -60:
            break
        time.sleep(0.25)
    return sound, hosted.get_latency_samples()


for block in (64, 512, 4096):
    sound, latency = rendered(block)
    check(f"dawdreamer, blocks of {block}: the latency is told", latency == LATENCY, latency)
    check(f"dawdreamer, blocks of {block}: it sounds", numpy.isfinite(sound).all() and level_db(sound[:, half:]) > -60, f"{level_db(sound[:, half:]):.1f} dB")
    check(f"dawdreamer, blocks of {block}: the phone has lost the bass", bass_db(sound) < bass_db(noise) - 20, f"{bass_db(sound) - bass_db(noise):.1f} dB")
