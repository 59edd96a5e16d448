"""The results as JSON and CSV, and as lines for a person."""
import csv
import json
import os
import platform
import time

import machine
from summary import summary

SCHEMA = "coracle-bench-boot 1"
FIELDS = ("row", "subject", "machine", "accel", "until", "cache", "round", "wall_ms", "cpu_ms", "failure")


def processor():
    with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
        names = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    return names[0] if names else platform.machine()


def host():
    return {"cpu": processor(), "cpus": os.cpu_count(), "kernel": f"{platform.system()} {platform.release()}",
            "qemu": machine.run("qemu-system-x86_64", "--version").split("\n")[0],
            "load_before": [round(value, 2) for value in os.getloadavg()]}


def conclude(rows, measurements):
    """A dictionary for each row and cache: what it was, and the summaries of its wall and CPU milliseconds."""
    concluded = []
    for row in rows:
        for cache in ("warm", "cold"):
            own = [m for m in measurements if (m["row"], m["cache"]) == (row.name, cache)]
            good = [m for m in own if "failure" not in m]
            if own:
                concluded.append({
                    "row": row.name, "subject": row.subject, "machine": row.machine, "accel": row.accel,
                    "until": row.until, "floor": row.floor, "cache": cache, "count": len(good), "failures": len(own) - len(good),
                    "wall_ms": summary([m["wall_ms"] for m in good]), "cpu_ms": summary([m["cpu_ms"] for m in good])})
    return concluded


def document(rows, skipped, measurements, stages, rounds, facts):
    facts["load_after"] = [round(value, 2) for value in os.getloadavg()]
    return {"schema": SCHEMA, "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "rounds": rounds,
            "host": facts, "rows": conclude(rows, measurements),
            "skipped": [{"row": name, "why": why} for name, why in skipped], "stages": stages,
            "measurements": measurements}


def write_json(path, found):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(found, file, indent=1)
        file.write("\n")


def write_csv(path, found):
    """One line for each start."""
    about = {row["row"]: row for row in found["rows"]}
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, FIELDS)
        writer.writeheader()
        for start in found["measurements"]:
            facts = {key: about[start["row"]][key] for key in ("subject", "machine", "accel", "until")}
            writer.writerow({**facts, **start})


def interval(values):
    return "-" if values is None else f"{values['median']:.1f} [{values['low']:.1f}, {values['high']:.1f}]"


def floors(concluded):
    """The floors' median wall times by subject, machine, accelerator and cache."""
    return {(row["subject"], row["machine"], row["accel"], row["cache"]): row["wall_ms"]["median"] for row in concluded
            if row["subject"] == row["floor"] and row["wall_ms"]}


def ratio(row, floor):
    least = floor.get((row["floor"], row["machine"], row["accel"], row["cache"]))
    return row["wall_ms"]["median"] / least if least and row["wall_ms"] else None


def print_table(found):
    floor = floors(found["rows"])
    print(f"{'milliseconds: median [95 % interval]':<44}{'wall':>26}{'CPU':>26}  floor x")
    for row in found["rows"]:
        times = ratio(row, floor)
        print(f"{row['row'] + ' ' + row['cache'] + ', ' + row['until']:<44}{interval(row['wall_ms']):>26}"
              f"{interval(row['cpu_ms']):>26}  {'' if times is None else f'{times:.2f}'}"
              + (f"  {row['failures']} failed" if row["failures"] else ""))
    for row in found["skipped"]:
        print(f"skipped: {row['row']}: {row['why']}")
