"""What the tests of instance data share: guests that print what they got, and disks for them."""
import os
import struct
import subprocess
import sys

from support import check

verbose = "-v" in sys.argv
MACHINES = {"microvm": ("microvm,acpi=off,x-option-roms=off,pit=off,pic=off,rtc=off", "device"),
            "pc": ("pc", "pci,disable-legacy=on"),
            "q35": ("q35", "pci,disable-legacy=on")}


def boot(image, *arguments, append="", machine="microvm", model=None, disks=(), discs=(), seconds=30):
    """
    Boots the image, or without one what the firmware finds; returns (status, lines). A disc is a CD-ROM drive's place
    and what is in it, or None.
    """
    usual, bus = MACHINES[machine]
    command = ["qemu-system-x86_64", "-accel", "tcg", "-smp", "1,maxcpus=2", "-cpu", "max", "-nodefaults",
               "-no-user-config", "-display", "none", "-serial", "stdio", "-no-reboot", "-m", "64M", "-M", model or usual,
               "-global", "virtio-mmio.force-legacy=false", "-device", "isa-debug-exit,iobase=0xf4,iosize=4", *arguments]
    if image:
        command += ["-kernel", image, "-append", f"coracle.exit_port=0xf4 {append}"]
    for number, disk in enumerate(disks):
        command += ["-drive", f"if=none,id=d{number},format=raw,readonly=on,file={disk}",
                    "-device", f"virtio-blk-{bus},drive=d{number}"]
    for number, (place, disc) in enumerate(discs):
        if disc:
            command += ["-drive", f"if=none,id=c{number},media=cdrom,format=raw,readonly=on,file={disc}"]
        command += ["-device", f"ide-cd,bus={place}" + (f",drive=c{number}" if disc else "")]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds, check=False)
        status, output = done.returncode >> 1, (done.stdout + done.stderr).decode(errors="replace")
    except subprocess.TimeoutExpired as late:
        status, output = "none: it hangs", (late.stdout or b"").decode(errors="replace")
    if verbose:
        print(output)
    return status, output.replace("\r", "").splitlines()


def expect(name, result, lines, absent=()):
    """The guest ended well, has said each of the lines, and none that contains one of the absent texts."""
    status, output = result
    missing = [line for line in lines if line not in output]
    wrong = [line for line in output if any(text in line for text in absent)]
    good = check(name, status == 0 and not missing and not wrong,
                 f"status {status}, missing {missing}, wrong {wrong}")
    if not good and not verbose:
        print("\n".join(output))


FW_CFG = ("-fw_cfg", "name=opt/coracle/cmdline,string=GREETING=fw coracle.hostname=from-fw -- fw",
          "-fw_cfg", "name=opt/coracle/files/etc/app.conf,string=by fw_cfg")


class Disks:
    """Makes disks in a directory."""

    def __init__(self, directory):
        self.directory, self.count = directory, 0

    def path(self):
        self.count += 1
        return os.path.join(self.directory, f"disk{self.count}")

    def tree(self, files):
        top = self.path()
        for name, text in files.items():
            path = os.path.join(top, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(text if isinstance(text, bytes) else text.encode())
        return top

    def iso(self, label, files, *options):
        out = self.path()
        subprocess.run(["xorriso", "-as", "mkisofs", "-quiet", "-V", label, *options, "-o", out, self.tree(files)],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return out

    def fat(self, label, files, size=2 << 20, bits=None):
        out, top = self.path(), self.tree(files)
        with open(out, "wb") as file:
            file.truncate(size)
        subprocess.run(["mkfs.vfat", "-n", label, *(["-F", str(bits)] if bits else []), out], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        subprocess.run(["mcopy", "-s", "-i", out, *(os.path.join(top, name) for name in os.listdir(top)), "::"],
                       check=True)
        return out

    def partitioned(self, disk, gpt):
        """A disk with that one as its first partition, at 1 MiB."""
        out, first = self.path(), 2048
        with open(disk, "rb") as file:
            data = file.read()
        sectors = len(data) // 512
        with open(out, "wb") as file:
            file.truncate((first + sectors + 2048) * 512)
            if not gpt:  # type c, as FAT32 has; the CHS addresses are not looked at by anybody
                file.seek(446)
                file.write(struct.pack("<4xB3xII", 0x0c, first, sectors))
                file.seek(510)
                file.write(b"\x55\xaa")
        if gpt:
            subprocess.run(["/usr/sbin/sgdisk", "-n", f"1:{first}:{first + sectors - 1}", out], check=True,
                           stdout=subprocess.DEVNULL)
        with open(out, "r+b") as file:
            file.seek(first * 512)
            file.write(data)
        return out

    def changed(self, disk, change):
        out = self.path()
        with open(disk, "rb") as file:
            data = bytearray(file.read())
        data = change(data) or data
        data += bytes(-len(data) % 512)
        with open(out, "wb") as file:
            file.write(data)
        return out
