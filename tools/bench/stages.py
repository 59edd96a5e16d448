"""The stages of a boot inside the guest: when each is reached, in guest instructions and in time, under TCG."""
import os
import re
import statistics
import subprocess
import tempfile
import time

import machine
from measure import Progress

BOOTS = 5 # at most

# In the order in which a boot usually has them; which are in an image is for the linker. What a stage is called, and
# the functions (the first that is there) whose first instruction it begins with.
STAGES = (
    ("entry", ["_start"]),
    ("long mode", ["long_mode"]),
    ("ring 3", ["coracle_start"]),
    ("relocated", ["__coracle_gate_call"]), # the first call seals what relocation wrote
    ("memory", ["__coracle_memory_start"]),
    ("command line", ["__coracle_command_line_parse"]),
    ("threads", ["__coracle_sched_start"]),
    ("network", ["__coracle_network_start"]),
    ("devices", ["__coracle_virtio_probe", "__coracle_pci_walk_start"]),
    ("heap", ["malloc", "_malloc_r"]),
    ("main", ["main"]),
    ("console", ["__coracle_platform_console_write"]),
)


def addresses(image):
    """Stage: link address, for those that the image has; without symbols, none."""
    found = {}
    for line in subprocess.run(["nm", image], capture_output=True, text=True, check=False).stdout.splitlines():
        words = line.split()
        if len(words) == 3 and words[1] in "tTwW":
            found[words[2]] = words[0]
    places = {}
    for stage, symbols in STAGES:
        there = [found[symbol] for symbol in symbols if symbol in found]
        if there:
            places[stage] = there[0]
    return places if "entry" in places else {}


def one_boot(command, marker, counter, places):
    """{stage: (instructions, milliseconds since QEMU's start)} of one boot, and the same of its end."""
    with tempfile.NamedTemporaryFile("r", prefix="coracle-stages-") as result:
        marks = "".join(f",mark={name.replace(' ', '_')}:{place}" for name, place in places.items())
        begin = time.monotonic_ns()
        process = subprocess.Popen([*command, "-plugin", f"{counter},out={result.name}{marks}"],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            said = [b""]
            done = machine.printed(marker)(process, time.monotonic() + 30, said)
            process.terminate() # QEMU then ends in order, and the plugin writes
            process.wait(10)
        finally:
            machine.reap(process) if process.returncode is None else process.stdout.close()
        if not done:
            raise machine.Failed(f"no stages: {said[0].decode(errors='replace')[-160:]}")
        found = {}
        for name, count, when in re.findall(r"^(\S+) (\d+) (\d+)$", result.read(), re.M):
            found[name.replace("_", " ")] = (int(count), (int(when) - begin) / 1e6)
        return found


def stages(name, where, image, command, marker, counter, rounds):
    """The medians over several boots; None for an image without symbols."""
    places = addresses(image)
    if not places:
        return None
    boots = [one_boot(command, marker, counter, places) for _ in range(rounds)]
    points = [{"name": stage, "instructions": int(statistics.median(boot[stage][0] for boot in boots if stage in boot)),
               "ms": round(statistics.median(boot[stage][1] for boot in boots if stage in boot), 3)}
              for stage in places if any(stage in boot for boot in boots)]
    points.sort(key=lambda point: (point["instructions"], point["ms"]))
    return {"subject": name, "machine": where, "accel": "tcg", "boots": rounds, "points": points,
            "absent": [stage for stage, _ in STAGES if not any(point["name"] == stage for point in points)]}


def measure_all(rows, place, rounds):
    """Of rows of Coracle images under TCG. Returns the stages, and (name, why) of what has none."""
    if not rows:
        return [], []
    counter = machine.build_counter(place)
    progress, found, skipped = Progress(len(rows)), [], []
    for row in rows:
        image, command, marker = row.staged
        progress.step(f"stages of {row.name}")
        try:
            made = stages(row.subject, row.machine, image, command, marker, counter, min(rounds, BOOTS))
            if made:
                found.append(made)
            else:
                skipped.append((f"{row.name}/stages", f"{os.path.basename(image)} has no symbols"))
        except (machine.Failed, OSError, subprocess.SubprocessError) as error:
            skipped.append((f"{row.name}/stages", str(error)))
    progress.end()
    return found, skipped
