"""Running guests for measurements: the QEMU command, time to a marker, instructions, and the programs compared with.

Everything that is compared runs under the same QEMU command; only the kernel and its command line differ.
"""
import os
import re
import select
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, "build/bench")
SOURCE = os.path.join(ROOT, "tests/bench")
sys.path.insert(0, os.path.join(ROOT, "tools/bench"))
import machine
from machine import EXIT_WORDS, MACHINES, qemu, run  # noqa: F401: for those who import them from here


def log(text):
    """Progress, for a person at a terminal only."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def application(name):
    return os.path.join(ROOT, f"build/x86_64/apps/{name}/{name}.elf")


def stripped(name):
    os.makedirs(BUILD, exist_ok=True)
    path = os.path.join(BUILD, f"{name}.stripped.elf")
    run("strip", "--strip-all", "-o", path, application(name))
    return path


def build_floor(prints):
    return machine.build_floor(BUILD, prints)


def build_counter():
    return machine.build_counter(BUILD)


def kvm_works():
    return machine.kvm_works(BUILD)


def count_command(counter, command):
    with tempfile.NamedTemporaryFile("r") as result:
        done = subprocess.run([*command, "-plugin", f"{counter},out={result.name}"], stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=120)
        text = result.read().strip()
        if not text:
            raise RuntimeError(f"no count: {done.stderr.decode(errors='replace')}{done.stdout.decode(errors='replace')}")
        return int(text)


def count_instructions(counter, machine, kernel, memory="64M", append="", extra=()):
    return count_command(counter, qemu(machine, kernel, memory, append=append, extra=extra))


def end(process):
    process.kill()
    process.wait()
    process.stdout.close()


def time_to_output(command, marker, timeout=60):
    """Milliseconds from the start of QEMU to the marker on its standard output; None when it did not come."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    output = b""
    try:
        while (left := timeout - (time.monotonic() - start)) > 0:
            if not select.select([process.stdout], [], [], left)[0]:
                continue
            data = os.read(process.stdout.fileno(), 65536)
            if not data:
                return None
            output += data
            if re.search(marker, output):
                return (time.monotonic() - start) * 1000
        return None
    finally:
        end(process)


def interleaved(measurements, rounds, label):
    """Runs each measurement once per round, so that a noisy moment hits all. Returns the medians by name."""
    values = {name: [] for name in measurements}
    for i in range(rounds):
        for name, measure in measurements.items():
            log(f"{label}: round {i + 1} of {rounds}, {name}")
            value = measure()
            if value is not None:
                values[name].append(value)
    log("")
    return {name: statistics.median(found) if found else None for name, found in values.items()}


def boots(command, marker, timeout=15):
    return time_to_output(command, marker, timeout) is not None


def smallest_memory(try_memory, sizes):
    """The smallest of the ascending sizes (MiB) that works, trying from the largest down; None when none does."""
    best = None
    for size in sorted(sizes, reverse=True):
        log(f"smallest memory: {size} MiB")
        if not try_memory(size):
            break
        best = size
    log("")
    return best
