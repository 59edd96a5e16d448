"""Tests that need no Linux dom0: xl's parser on our configurations, and images as Xen's own dom0."""
import os
import shlex
import subprocess
import tempfile

from configuration import read_by_xl
from domains import CLI, stage
from host import run_as_dom0

ODD_WORDS = ["two  words", "it's", 'a "quote"', "back\\slash", "tab\there", "line\nbreak", "\x01\x7f", "--", "", "é"]


def configuration(report, images):
    """Each setting arrives as it was meant, by the parser that xl has."""
    with tempfile.TemporaryDirectory() as work:
        disk = os.path.join(work, "disk, with comma.img")
        with open(disk, "wb") as file:
            file.truncate(1 << 20)
        path = os.path.join(work, "odd.cfg")
        with open(path, "wb") as file:
            subprocess.run([CLI, "xl", images["hello"], "-m", "16M", "--vif", "bridge=xenbr0", "--vif", "", "--disk",
                            f"{disk},ro", "-e", "A=b c", "--on-crash", "preserve", "--", *ODD_WORDS], stdout=file,
                           check=True)
        found = read_by_xl(path) or {}
    words = shlex.split(found.pop("cmdline", "").encode("latin-1").decode())
    report.check("xl's parser reads the guest's words as they were given, whatever bytes they have",
                 words == ["coracle.name=hello", "A=b c", "--", *ODD_WORDS], words)
    report.check("xl's parser reads the other settings", found == {
        "name": "hello", "type": "pvh", "kernel": os.path.realpath(images["hello"]), "memory": 16, "vcpus": 1,
        "on_poweroff": "destroy", "on_reboot": "restart", "on_crash": "preserve", "vif": ["bridge=xenbr0", ""],
        "disk": [f"vdev=xvda,format=raw,access=ro,target={disk}"]}, found)


def pvh_dom0(report, images):
    """The image as a PVH dom0: entry, notes, hypercalls, console, end."""
    output, end = run_as_dom0(stage(images["hello"]), "HELLO=x -- 0 'two words'")
    report.check("hello starts as a PVH dom0 and prints its arguments on Xen's console", all(
        line in output.splitlines() for line in ("Hello from Coracle", "argument 2: two words", "environment: HELLO=x")),
        output)
    report.check("exit status 0 is a power-off", end == "halted", output[-500:])
    output, end = run_as_dom0(stage(images["hello"]), "-- 3")
    report.check("exit status 3 is a crash", "argument 1: 3" in output.splitlines() and end == "crashed", output[-1500:])
