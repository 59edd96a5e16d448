"""The rows of the boot benchmark: what is started, and when it counts as started."""
import dataclasses
import os
import re
import socket
import urllib.request
from collections.abc import Callable

import machine
from machine import EXIT_WORDS, answered, printed, qemu

GUEST_WORDS = f"{EXIT_WORDS} coracle.ip=10.0.2.15/24,gw=10.0.2.2"
TIMEOUT = 30


@dataclasses.dataclass
class Row:
    """One thing that is started again and again; `start` returns (wall, CPU) milliseconds or raises machine.Failed."""
    subject: str
    machine: str # or "host"
    accel: str # tcg, kvm, native
    start: Callable[[], tuple[float, float]]
    files: list = dataclasses.field(default_factory=list) # what a cold start reads first
    until: str = "first output"
    cold: bool = True # whether a cold start can be had
    floor: str = "floor" # the subject whose QEMU has the same devices
    staged: tuple | None = None # of a Coracle image: itself, the command that boots it, and what it prints when it is up

    @property
    def name(self):
        return f"{self.subject}/{self.machine.replace('bare microvm', 'microvm-bare')}/{self.accel}"


def guest(subject, where, accel, command, marker, kernel, files=()):
    return Row(subject, where, accel, lambda: machine.start(command, printed(marker), TIMEOUT),
               ["qemu-system-x86_64", kernel, *files])


def with_cpu(accel, command):
    """The CPU that `coracle run` gives: all that there is. QEMU's default lacks even the source of random numbers."""
    return command + machine.cpu(accel)


def coracle(subject, where, accel, image, marker=rb".", memory="64M"):
    command = with_cpu(accel, qemu(where, image, memory, accel, EXIT_WORDS))
    row = guest(subject, where, accel, command, marker, image)
    row.staged = (image, command, marker)
    return row


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def network(where, port, guest_port=8080):
    """QEMU's user network with a port of this machine that leads to the guest's."""
    device = "virtio-net-device" if "microvm" in where else "virtio-net-pci,disable-legacy=on"
    return ["-netdev", f"user,id=n0,hostfwd=tcp:127.0.0.1:{port}-:{guest_port}", "-device",
            f"{device},netdev=n0" + (",romfile=" if "pci" in device else ""),
            "-global", "virtio-mmio.force-legacy=false"]


def floor(where, accel, kernel):
    return guest("floor", where, accel, with_cpu(accel, qemu(where, kernel, accel=accel)), machine.FLOOR_LINE, kernel)


def floor_with_network(where, accel, kernel):
    """What a server is compared with: QEMU takes a while to make the card and the user network."""
    command = with_cpu(accel, qemu(where, kernel, accel=accel, extra=network(where, free_port())))
    row = guest("floor-network", where, accel, command, machine.FLOOR_LINE, kernel)
    row.floor = "floor-network"
    return row


def server(subject, where, accel, image, ready, path="/", guest_port=8080, memory="64M"):
    """Until the first whole answer to an HTTP request."""
    def command(port):
        return with_cpu(accel, qemu(where, image, memory, accel, GUEST_WORDS, network(where, port, guest_port)))

    def begin():
        port = free_port()

        def fetch():
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
                return bool(answer.read())

        return machine.start(command(port), answered(ready, fetch), TIMEOUT)

    return Row(subject, where, accel, begin, ["qemu-system-x86_64", image], "first response",
               floor="floor-network", staged=(image, command(free_port()), ready))


def host(subject, command, marker, files):
    return Row(subject, "host", "native", lambda: machine.start(command, printed(marker), TIMEOUT), files)


def subject_of(image, taken):
    """A short name for an image, not among those taken."""
    name = re.sub(r"[^A-Za-z0-9_.+-]", "_", os.path.basename(image))
    name = name[:-4] if name.endswith(".elf") else name
    number = 2
    while name in taken:
        name, number = f"{name.split('~')[0]}~{number}", number + 1
    return name
