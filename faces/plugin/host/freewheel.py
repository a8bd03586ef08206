"""`farfield-live` from end to end: a JACK server that runs as fast as it can, music through the program, and what comes
out against `farfield render`. Usage: freewheel.py farfield-live farfield FOLDER; JACK_DEFAULT_SERVER names the server."""

import os
import subprocess
import sys
import time
import wave

import jack
import numpy

RATE_HZ = 48_000
# The noise of the place comes round after ten seconds: what is sent again then, upside down, meets the same noise.
APART = 10 * RATE_HZ
LEAD, LENGTH = RATE_HZ // 2, 5 * RATE_HZ // 2
TAIL = 2 * RATE_HZ
# Two convolvers, of which one plays blocks of 64 to 4096 frames and the other the whole file, in single precision.
DIFFERENCE_DB = -110.0
live, farfield, folder = sys.argv[1:]


def check(what, holds, found=""):
    print(("ok    " if holds else "FAILS ") + what, found)
    if not holds:
        sys.exit(1)


def music():
    """Noise that rises and falls, in steps of 16 bits, so that a file holds it exactly."""
    random = numpy.random.default_rng(3)
    sound = numpy.zeros((2, LENGTH))
    loud = 0.12 * (0.6 + 0.4 * numpy.sin(numpy.arange(LENGTH - LEAD) / 3_000.0))
    sound[:, LEAD:] = random.standard_normal((2, LENGTH - LEAD)) * loud
    return numpy.round(sound * 32_768).clip(-32_768, 32_767) / 32_768


def rendered(sound):
    path = os.path.join(folder, "noise.wav")
    with wave.open(path, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes((sound.T * 32_768).astype("<i2").tobytes())
    command = [farfield, "-q", "render", path, "--on", "studio", "--noise", "off", "--headphone", "generic"]
    subprocess.run([*command, "--format", "float", "-o", folder, "--force"], check=True)
    data = open(os.path.join(folder, "noise.studio.wav"), "rb").read()
    at = 12
    while data[at : at + 4] != b"data":
        at += 8 + int.from_bytes(data[at + 4 : at + 8], "little")
    return numpy.frombuffer(data[at + 8 :], "<f4").reshape(-1, 2).T.astype(numpy.float64)


def ports(client, name):
    """Left and right of what goes into the program, and of what comes out."""
    for _ in range(200):
        into = [port.name for port in client.get_ports(name, is_input=True, is_audio=True)]
        out = [port.name for port in client.get_ports(name, is_output=True, is_audio=True)]
        if len(into) == 2 and len(out) == 2:
            return sorted(into), sorted(out)
        time.sleep(0.1)
    check("it opens its ports", False, [port.name for port in client.get_ports()])


def connect(client, source, sink):
    """Alone, as soon as both take part."""
    for _ in range(100):
        try:
            for other in client.get_all_connections(sink):
                client.disconnect(other, sink)
            return client.connect(source, sink)
        except jack.JackError as error:
            told = error
            time.sleep(0.1)
    check(f"{source} can be connected to {sink}", False, told)


class Tester:
    """Sends a sound and keeps what comes back."""

    def __init__(self):
        self.client = jack.Client("tester", no_start_server=True)
        self.outs = [self.client.outports.register(f"out_{side}") for side in range(2)]
        self.ins = [self.client.inports.register(f"in_{side}") for side in range(2)]
        # What is sent and what is heard, once there is something to do.
        self.job = None
        self.at, self.level = 0, 0.0
        self.client.set_process_callback(self.process)

    def process(self, frames):
        sent, heard = self.job or (numpy.zeros((2, 0), numpy.float32), None)
        to = min(self.at + frames, sent.shape[1])
        part = to - self.at
        for side in range(2):
            out, into = self.outs[side].get_array(), self.ins[side].get_array()
            out[:] = 0
            self.level = float(numpy.abs(into).max())
            if part:
                out[:part] = sent[side, self.at : to]
                heard[side, self.at : to] = into[:part]
        self.at = to

    def play(self, sound):
        began = time.time()
        # From here on no block comes too late.
        self.client.set_freewheel(True)
        time.sleep(0.1)
        heard = numpy.zeros(sound.shape, numpy.float32)
        self.job = (sound.astype(numpy.float32), heard)
        while self.at < sound.shape[1] and time.time() - began < 120:
            time.sleep(0.02)
        self.client.set_freewheel(False)
        return heard.astype(numpy.float64), time.time() - began


sound = music()
truth = rendered(sound)
program = subprocess.Popen([live, "-b", "jack", "-r", str(RATE_HZ), "-p", "256"], stderr=subprocess.DEVNULL)
try:
    tester = Tester()
    with tester.client:
        into, out = ports(tester.client, "arfield")
        for side in range(2):
            connect(tester.client, tester.outs[side].name, into[side])
            connect(tester.client, out[side], tester.ins[side].name)
        for _ in range(300):
            time.sleep(0.1)
            if tester.level > 0:
                break
        check("it makes its system ready; the noise of the place is heard", tester.level > 0, tester.level)
        both = numpy.zeros((2, APART + LENGTH + TAIL))
        both[:, :LENGTH] += sound
        both[:, APART : APART + LENGTH] -= sound
        heard, took_s = tester.play(both)
finally:
    program.terminate()
    program.wait()

print(f"      {both.shape[1] / RATE_HZ:.1f} s of sound in {took_s:.2f} s")
own = 0.5 * (heard[:, : LENGTH + TAIL] - heard[:, APART : APART + LENGTH + TAIL])
size = 2 ** int(numpy.ceil(numpy.log2(2 * own.shape[1])))
spectra = [numpy.fft.rfft(plane, size) for plane in (own[0], truth[0])]
late = int(numpy.argmax(numpy.fft.irfft(spectra[0] * numpy.conj(spectra[1]), size)[: RATE_HZ // 10]))
frames = min(truth.shape[1], own.shape[1] - late)
own, truth = own[:, late : late + frames], truth[:, :frames]
gain = (own * truth).sum() / (truth * truth).sum()
left_db = 10 * numpy.log10(((own - gain * truth) ** 2).sum() / (own**2).sum())
check("what comes out is as late as JACK and the program together", 225 <= late <= 225 + 4 * 256, f"{late} frames")
gain_db = 20 * numpy.log10(gain)
check("it is what `farfield render` writes, but for a gain", left_db < DIFFERENCE_DB, f"{left_db:.1f} dB, gain {gain_db:.2f} dB")
