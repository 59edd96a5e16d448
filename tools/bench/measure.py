"""The measuring loop: interleaved rounds, warm and cold, with a progress bar on a terminal."""
import os
import random
import re
import shutil
import subprocess
import sys
import time

import machine

FIRMWARE = ("/usr/share/qemu", "/usr/share/seabios")


class Progress:
    """A bar on the terminal; nothing when standard error is not one."""

    def __init__(self, total):
        self.total, self.done, self.begin, self.shown = total, 0, time.monotonic(), sys.stderr.isatty()

    def step(self, label):
        if self.shown:
            part = self.done / self.total
            spent = time.monotonic() - self.begin
            left = f"{spent / part - spent:4.0f} s left" if self.done > 3 else ""
            width = max(10, min(40, shutil.get_terminal_size().columns - 50))
            bar = ("#" * round(part * width)).ljust(width, ".")
            print(f"\r\033[K[{bar}] {part:4.0%} {left}  {label[:30]}", end="", file=sys.stderr, flush=True)
        self.done += 1

    def end(self):
        if self.shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def everything_read(files):
    """The files, programs among them by their path, with the libraries of programs and the firmware of QEMU."""
    found = []
    for name in files:
        path = shutil.which(name) or name
        found.append(path)
        if shutil.which(name):
            listed = subprocess.run(["ldd", path], capture_output=True, text=True, check=False).stdout
            found += re.findall(r"(/\S+) \(0x", listed)
        if os.path.basename(path).startswith("qemu-system"):
            found += [os.path.join(place, file) for place in FIRMWARE if os.path.isdir(place)
                      for file in os.listdir(place) if re.match(r"bios|linuxboot|pvh|kvmvapic|qboot", file)]
    return sorted({os.path.realpath(path) for path in found if os.path.isfile(path)})


def forget(files):
    """
    Gives the page cache of these files back to the kernel, for a cold start. Pages that another process has mapped
    stay; and what the disk or the hypervisor below caches is not ours to drop.
    """
    for path in files:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(descriptor)


def can_run(rows):
    """Starts each once. Returns the rows that came to their end, and (name, why) of those that did not."""
    good, skipped = [], []
    progress = Progress(len(rows))
    for row in rows:
        progress.step(f"trying {row.name}")
        try:
            row.start()
            good.append(row)
        except (RuntimeError, OSError) as error:
            skipped.append((row.name, str(error)))
    progress.end()
    return good, skipped


def measure(rows, rounds, seed=1):
    """
    Each row once in each round, warm and cold, in an order that is shuffled anew for each round: a noisy moment hits
    all alike, and none always follows the same one. Returns a list of dictionaries: row, cache, round, wall_ms, cpu_ms;
    or row, cache, round, failure.
    """
    order = random.Random(seed)
    starts = [(row, cache) for row in rows for cache in (("warm", "cold") if row.cold else ("warm",))]
    files = {row.name: everything_read(row.files) for row in rows}
    progress, found = Progress(rounds * len(starts)), []
    try:
        for number in range(1, rounds + 1):
            order.shuffle(starts)
            for row, cache in starts:
                progress.step(f"{number}/{rounds} {row.name} {cache}")
                entry = {"row": row.name, "cache": cache, "round": number}
                try:
                    if cache == "cold":
                        forget(files[row.name])
                    entry["wall_ms"], entry["cpu_ms"] = (round(value, 3) for value in row.start())
                except (RuntimeError, OSError) as error:
                    entry["failure"] = str(error)
                found.append(entry)
    finally:
        progress.end()
    return found
