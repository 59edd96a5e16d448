"""What booting hello from a disk adds to what firmware takes: beside a boot sector and an EFI program that do nothing.

Both firmwares take long, and not always equally long, so UEFI's time is counted from the line that OVMF prints before it
loads the program from the disk. A BIOS prints none: there, whole runs are compared.
"""
import os
import re
import select
import shutil
import subprocess
import time

import guests
import machine
from guests import BUILD, EXIT_WORDS, ROOT, SOURCE, application, run

OVMF = "/usr/share/ovmf/OVMF.fd"
LINE = rb"Hello"
LOADING = rb"BdsDxe: loading"
TAKEN = rb"from main to that line: (\d+) ns\r?\n"


def bootable(name, program, words=""):
    os.makedirs(BUILD, exist_ok=True)
    path = os.path.join(BUILD, f"{name}.raw")
    run(os.path.join(ROOT, "build/bin/coracle"), "image", program, "-o", path, "--cmdline", words)
    return path


def hello():
    return bootable("hello", application("hello"))


def first_line():
    """hello that says how long its line took (first_line.c)."""
    os.makedirs(BUILD, exist_ok=True)
    program = os.path.join(BUILD, "first-line.elf")
    run(os.path.join(ROOT, "build/bin/coracle-cc"), "-O2", "-o", program, f"{SOURCE}/first_line.c")
    return bootable("first-line", program)


def flat(name, address, flags=()):
    os.makedirs(BUILD, exist_ok=True)
    stem = os.path.join(BUILD, name)
    run("gcc", *flags, "-c", f"{SOURCE}/{name}.S", "-o", f"{stem}.o")
    run("ld", "-T", "/dev/null", f"-Ttext={address}", "-o", f"{stem}.elf", f"{stem}.o")
    run("objcopy", "-O", "binary", "-j", ".text", f"{stem}.elf", f"{stem}.bin")
    return f"{stem}.bin"


def floor_disk():
    path = os.path.join(BUILD, "floor-disk.raw")
    with open(flat("floor_disk", "0x7c00"), "rb") as file:
        code = file.read()
    with open(path, "wb") as file:
        file.write(code)
        file.truncate(2 << 20)
    return path


def floor_efi(leaves):
    """hello's disk with another program in hello's place. `leaves`: it leaves the firmware first, as a system must."""
    path = os.path.join(BUILD, f"floor-efi{'-leaves' if leaves else ''}.raw")
    shutil.copyfile(hello(), path)
    partition, name = f"{path}@@1M", "::/EFI/BOOT/BOOTX64.EFI"
    run("mdel", "-i", partition, name)
    run("mcopy", "-i", partition, flat("floor_efi", "0", ["-DLEAVE"] if leaves else []), name)
    return path


def qemu(disk, accel, uefi):
    """As guests.qemu runs a kernel, on pc; the CPU has RDRAND, or else hello would say first that it lacks it."""
    return ["qemu-system-x86_64", "-M", "pc", "-accel", accel, *machine.cpu(accel),
            "-smp", "1,maxcpus=2" if accel == "tcg" else "1", "-m", "128M", "-nodefaults", "-no-user-config",
            "-display", "none", "-serial", "stdio", "-no-reboot", "-device", "isa-debug-exit,iobase=0xf4,iosize=4",
            "-drive", f"file={disk},format=raw,if=none,id=disk,snapshot=on",
            "-device", "virtio-blk-pci,drive=disk", *(["-bios", OVMF] if uefi else [])]


def between(command, first, second, taken=None, timeout=60):
    """
    Milliseconds from one marker on standard output to the other; None when one did not come. With `taken`, an
    expression for nanoseconds that are printed after the second and that are not to count.
    """
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    output, times, end = b"", {}, time.monotonic() + timeout
    try:
        while (left := end - time.monotonic()) > 0 and select.select([process.stdout], [], [], left)[0]:
            data = os.read(process.stdout.fileno(), 65536)
            now = time.monotonic()
            if not data:
                return None
            output += data
            for marker in (first, second):
                if re.search(marker, output):
                    times.setdefault(marker, now)
            found = re.search(taken, output) if taken else None
            if second in times and (found or not taken):
                excess = int(found.group(1)) / 1e6 if found else 0
                return (times[second] - times[first]) * 1000 - excess if first in times else None
        return None
    finally:
        guests.end(process)


def bios(rounds, accel="tcg"):
    """Median milliseconds to the first line of the floor and of hello."""
    disks = {"floor": floor_disk(), "hello": hello()}
    return guests.interleaved({name: lambda d=disk: guests.time_to_output(qemu(d, accel, False), LINE)
                               for name, disk in disks.items()}, rounds, f"BIOS disk, {accel}")


def uefi(rounds, accel="tcg"):
    """
    Median milliseconds from the firmware's line about loading to the first line of the floor, of the floor that leaves
    the firmware, and of hello; and to hello's main.
    """
    disks = {"floor": (floor_efi(False), None), "leaving": (floor_efi(True), None), "hello": (hello(), None),
             "main": (first_line(), TAKEN)}
    return guests.interleaved({name: lambda d=disk, t=taken: between(qemu(d, accel, True), LOADING, LINE, t)
                               for name, (disk, taken) in disks.items()}, rounds, f"UEFI, {accel}")


def instructions():
    """Guest instructions of the floor and of hello from a disk on a BIOS."""
    counter = guests.build_counter()
    found = {}
    for name, path in {"floor": floor_disk(), "hello": bootable("hello-ends", application("hello"), EXIT_WORDS)}.items():
        found[name] = guests.count_command(counter, qemu(path, "tcg", False))
    return found
