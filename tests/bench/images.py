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


def hello(name):
    os.makedirs(BUILD, exist_ok=True)
    path = os.path.join(BUILD, f"hello.{name}")
    run(os.path.join(ROOT, "build/bin/coracle"), "image", application("hello"), "-o", path, "--cmdline", EXIT_WORDS)
    return path


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
    shutil.copyfile(hello("raw"), path)
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


def between(command, first, second, timeout=60):
    """Milliseconds from one marker on standard output to the other; None when one did not come."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    output, start, end = b"", None, time.monotonic() + timeout
    try:
        while (left := end - time.monotonic()) > 0 and select.select([process.stdout], [], [], left)[0]:
            data = os.read(process.stdout.fileno(), 65536)
            now = time.monotonic()
            if not data:
                return None
            output += data
            if start is None and re.search(first, output):
                start = now
            if re.search(second, output):
                return (now - start) * 1000 if start is not None else None
        return None
    finally:
        guests.end(process)


def bios(rounds, accel="tcg"):
    """Median milliseconds to the first line of the floor and of hello."""
    disks = {"floor": floor_disk(), "hello": hello("raw")}
    return guests.interleaved({name: lambda d=disk: guests.time_to_output(qemu(d, accel, False), LINE)
                               for name, disk in disks.items()}, rounds, f"BIOS disk, {accel}")


def uefi(rounds, accel="tcg"):
    disks = {"floor": floor_efi(False), "leaving": floor_efi(True), "hello": hello("raw")}
    return guests.interleaved({name: lambda d=disk: between(qemu(d, accel, True), LOADING, LINE)
                               for name, disk in disks.items()}, rounds, f"UEFI, {accel}")


def instructions():
    """Guest instructions of the floor and of hello from a disk on a BIOS."""
    counter = guests.build_counter()
    found = {}
    for name, disk in {"floor": floor_disk(), "hello": hello("raw")}.items():
        found[name] = guests.count_command(counter, qemu(disk, "tcg", False))
    return found
