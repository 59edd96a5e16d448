"""Measurements of the coracle tool: what a run costs over QEMU alone, and many guests in the background at once."""
import json
import os
import random
import re
import shlex
import subprocess
import tempfile
import time

import guests

CLI = os.path.join(guests.ROOT, "build/bin/coracle")
COMPILER = os.path.join(guests.ROOT, "build/bin/coracle-cc")
SLEEPER = b"#include <unistd.h>\nint main(void) { for (;;) sleep(1000); }\n"
MANY = 200


def milliseconds(command):
    """From start to end. The end of a guest under KVM waits for a tick of the host's clock, every 4 ms: without the pause
    each start would follow a tick, and a millisecond more would count as none or as four."""
    time.sleep(random.uniform(0, 0.012))
    start = time.monotonic()
    subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return (time.monotonic() - start) * 1000


def overhead(image, accel, rounds):
    """Medians of {QEMU's command alone, coracle run} from start to end, and of the difference within a round."""
    words = [CLI, "run", image, "-q", "--accel", accel]
    bare = shlex.split(guests.run(*words, "--print"))
    measured, differences = {"QEMU": [], "coracle": []}, []
    for i in range(rounds):
        guests.log(f"overhead, {accel}: round {i + 1} of {rounds}")
        pair = {"QEMU": bare, "coracle": words}
        times = {name: milliseconds(pair[name]) for name in (pair if i % 2 else reversed(pair))}
        for name, value in times.items():
            measured[name].append(value)
        differences.append(times["coracle"] - times["QEMU"])
    guests.log("")
    middle = {name: sorted(values)[len(values) // 2] for name, values in measured.items()}
    return middle, sorted(differences)[len(differences) // 2]


def proportional(pid):
    """The process's share of memory in KiB (Pss)."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        return int(re.search(r"^Pss: +(\d+)", file.read(), re.M)[1])


def many(count=MANY):
    """Starts, lists and stops that many guests that sleep, with 8 MiB each, under TCG. Returns seconds, and KiB of
    memory of the largest supervisor and of all QEMUs on average."""
    with tempfile.TemporaryDirectory(prefix="coracle-many-") as work:
        environment = dict(os.environ, XDG_RUNTIME_DIR=work)
        image = os.path.join(work, "sleeper.elf")
        subprocess.run([COMPILER, "-O1", "-x", "c", "-", "-o", image], input=SLEEPER, check=True)

        def tool(*words):
            start = time.monotonic()
            done = subprocess.run([CLI, *words], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
            if done.returncode != 0:
                raise RuntimeError(f"coracle {words[0]}: {done.stderr.strip()}")
            return time.monotonic() - start, done.stdout

        try:
            started = sum(tool("run", "-d", "--accel", "tcg", "-m", "8M", image)[0] for _ in range(count))
            listed, text = tool("ps", "--json")
            supervisors = [guest["supervisor"] for guest in json.loads(text) if guest["running"]]
            extra = max(proportional(pid) for pid in supervisors)
            qemu = [int(child) for pid in supervisors for child in
                    open(f"/proc/{pid}/task/{pid}/children", encoding="ascii").read().split()]
            share = sum(proportional(pid) for pid in qemu) / len(qemu)
            stopped, _ = tool("stop", "--all")
        finally:
            subprocess.run([CLI, "rm", "-f", "--all"], env=environment, check=False)
    return len(supervisors), {"start": started, "ps": listed, "stop": stopped}, extra, share
