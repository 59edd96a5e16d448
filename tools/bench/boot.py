#!/usr/bin/env python3
"""The boot-time benchmark: `coracle bench boot`, and with more rows `make bench-boot` (tests/bench/boot).

Rows are started in interleaved rounds, warm and cold; results are a table, JSON, CSV and a page of HTML.
"""
import argparse
import fnmatch
import os
import re
import signal
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import machine
import measure
import page
import results
import rows
import stages

ACCELERATORS = ("tcg", "kvm")


class Wrong(Exception):
    """A mistake of the person who typed the command; the message says which."""


class Parser(argparse.ArgumentParser):
    def error(self, message):
        raise Wrong(f"{message}; `coracle bench --help` shows the usage")


def count(text):
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number of rounds")
    return int(text)


def expression(text):
    try:
        return re.compile(text.encode())
    except re.error as error:
        raise argparse.ArgumentTypeError(f"{text} is not a regular expression: {error}")


def parse(words, images_needed):
    parser = Parser(add_help=False, allow_abbrev=False)
    parser.add_argument("--rounds", type=count, default=30)
    parser.add_argument("--only", action="append", default=[], metavar="PATTERN")
    parser.add_argument("--output", default="bench-boot", metavar="DIR")
    parser.add_argument("--until", type=expression, default=re.compile(rb"."), metavar="REGEX")
    parser.add_argument("--memory", "-m", default="64M", metavar="SIZE")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("images", nargs="*", metavar="IMAGE")
    options = parser.parse_intermixed_args(words)
    if images_needed and not options.images:
        raise Wrong("bench boot needs the image of a guest: coracle bench boot IMAGE...")
    for image in options.images:
        try:
            with open(image, "rb") as file:
                if file.read(4) != b"\x7fELF":
                    raise Wrong(f"{image} is not an ELF file; `coracle-cc` makes images")
        except OSError as error:
            raise Wrong(f"{image}: {error.strerror}")
    return options


TREE_SUBJECTS = ("floor", "hello", "httpd")


def guest_rows(images, options, place, kvm, more):
    """The floor and the images on every machine and accelerator."""
    floor, made, taken = machine.build_floor(place, True), [], set(TREE_SUBJECTS if more else TREE_SUBJECTS[:1])
    named = []
    for image in images:
        named.append((rows.subject_of(image, taken), image))
        taken.add(named[-1][0])
    for accel in ACCELERATORS[:1 + kvm]:
        for where in machine.MACHINES:
            made.append(rows.floor(where, accel, floor))
            made += [rows.coracle(name, where, accel, image, options.until, options.memory) for name, image in named]
    return made


def chosen(made, patterns, skipped):
    """Those whose name matches one of the patterns, or has a part that is one; all without patterns."""
    def part_matches(name, pattern):
        return fnmatch.fnmatch(name, pattern) or pattern in name.split("/")

    def matches(row, pattern):
        return part_matches(row.name, pattern)

    for pattern in patterns:
        if not any(matches(row, pattern) for row in made):
            raise Wrong(f"--only {pattern}: there is no such row; --list names them" +
                        "".join(f"; {name} is skipped: {why}" for name, why in skipped if part_matches(name, pattern)))
    return [row for row in made if not patterns or any(matches(row, pattern) for pattern in patterns)]


def report(rows_chosen, skipped, options, place):
    os.makedirs(options.output, exist_ok=True)
    facts = results.host()
    good, failed = measure.can_run(rows_chosen)
    measurements = measure.measure(good, options.rounds)
    staged = [row for row in good if row.accel == "tcg" and row.staged]
    reached, without = stages.measure_all(staged, place, options.rounds)
    found = results.document(good, skipped + failed + without, measurements, reached, options.rounds, facts)
    results.write_json(os.path.join(options.output, "boot.json"), found)
    results.write_csv(os.path.join(options.output, "boot.csv"), found)
    page.write(os.path.join(options.output, "boot.html"), found)
    results.print_table(found)
    print(f"written: {options.output}/boot.html, boot.json, boot.csv")
    return good


def run(words, more=None):
    """`more(place, kvm)` gives further rows and (name, why) of those that cannot be; without it images are needed."""
    options = parse(words, more is None)
    with tempfile.TemporaryDirectory(prefix="coracle-bench-") as place:
        kvm = machine.kvm_works(place)
        skipped = [] if kvm else [("*/*/kvm", "/dev/kvm is not there, or does not run the floor program")]
        made = guest_rows(options.images, options, place, kvm, more)
        if more:
            further, cannot = more(place, kvm)
            made, skipped = made + further, skipped + cannot
        picked = chosen(made, options.only, skipped)
        if options.list:
            print("\n".join(row.name for row in picked))
            return 0
        return 0 if report(picked, skipped, options, place) else 1


def leave(number, _):
    raise SystemExit(128 + number)


def main(more=None):
    for number in (signal.SIGTERM, signal.SIGHUP): # so that guests and temporary files go when this is ended
        signal.signal(number, leave)
    try:
        return run(sys.argv[1:], more)
    except (Wrong, RuntimeError, OSError, subprocess.SubprocessError) as error:
        print(f"coracle: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
