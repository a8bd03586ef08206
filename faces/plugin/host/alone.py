"""`farfield-live` alone in bad weather: it recalls its knobs, plays at the rate of JACK, outlives a JACK server that dies, says
so when there is none, and ends when it is told to. Usage: alone.py farfield-live FOLDER; needs a display and jackd."""

import json
import os
import subprocess
import sys
import time

live, folder = sys.argv[1:]
RATE_HZ = 44_100
home = os.path.join(folder, "alone")
knobs = os.path.join(home, "live.json")
environment = dict(os.environ, FARFIELD_HOME=home, JACK_DEFAULT_SERVER=f"alone-{os.getpid()}", JACK_NO_START_SERVER="1")
os.makedirs(home)


def check(what, holds, found=""):
    print(("ok    " if holds else "FAILS ") + what, found)
    if not holds:
        sys.exit(1)


def within(seconds, holds):
    """Whether something comes true in time."""
    began = time.time()
    while time.time() - began < seconds:
        if holds():
            return True
        time.sleep(0.1)
    return False


def system():
    """What the file says is heard; none if it is not one of ours."""
    try:
        with open(knobs) as file:
            params = json.load(file)["params"]
        return params["system"]["i32"] if "room" in params else None
    except (OSError, ValueError, KeyError):
        return None


def started():
    with open(os.path.join(folder, "alone.log"), "w") as log:
        return subprocess.Popen([live], env=environment, stderr=log)


def said(words):
    with open(os.path.join(folder, "alone.log")) as log:
        return words in log.read()


def ends(program):
    program.terminate()
    try:
        return program.wait(15) == 0
    except subprocess.TimeoutExpired:
        program.kill()
        return False


def keep(text):
    with open(knobs, "w") as file:
        file.write(text)


keep('{"params":{"system":{"i32":8},"ceiling":{"f32":99.0},"no knob":{"bool":true}},"fields":{"kept":"{}"}}')
command = ["jackd", "-n", environment["JACK_DEFAULT_SERVER"], "-S", "--no-realtime", "-d", "dummy", "-r", str(RATE_HZ)]
with open(os.path.join(folder, "alone.jackd"), "w") as log:
    jackd = subprocess.Popen(command, stdout=log, stderr=log)
time.sleep(1.5)
program = started()
try:
    check("it recalls where its knobs were left", within(30, lambda: system() == 8), system())
    with open(knobs) as file:
        ceiling = json.load(file)["params"]["ceiling"]["f32"]
    check("and no knob is out of its range", ceiling <= 0.0, ceiling)
    check("it plays at the rate of JACK", said(f"--backend jack --sample-rate {RATE_HZ}"))
    jackd.kill()
    jackd.wait()
    time.sleep(2.5)
    check("it outlives the JACK server", program.poll() is None)
    check("and ends when it is told to", ends(program), program.returncode)
    check("the knobs stay remembered", system() == 8, system())

    keep("no knobs")
    program = started()
    check("without any device it opens all the same", within(30, lambda: said("--backend dummy")))
    time.sleep(2.5)
    check("and lives", program.poll() is None)
    check("and ends when it is told to", ends(program), program.returncode)
    with open(knobs) as file:
        check("a file that it does not understand is left alone until something changes", file.read() == "no knobs")
finally:
    for left in (program, jackd):
        if left.poll() is None:
            left.kill()
