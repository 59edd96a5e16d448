"""virtio-blk beside a Linux guest's: the same QEMU command and disk image; dd and fio there, blkbench here.

Linux is Debian's cloud kernel with its own virtio_blk module; dd and fio are this host's, with their libraries. The
image is read once before, so that both find it in the host's page cache.
"""
import os
import re
import stat
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import linux
from debian import Archive, Modules, unpacked
from guests import application, qemu

BYTES = 1 << 30
SECONDS = 5
MODULES = ("virtio_mmio", "virtio_pci", "virtio_blk")
INIT = """#!/bin/busybox sh
b=/bin/busybox
$b mount -t devtmpfs dev /dev 2>/dev/null
$b mount -t proc proc /proc
$b mount -t sysfs sys /sys
for m in {modules}; do $b insmod /$m; done
{command}
echo PEER-DONE
$b poweroff -f
"""
COMMANDS = {
    "sequential": "/bin/dd if=/dev/vda of=/dev/null bs=1M count=1024 iflag=direct 2>&1",
    "random": "/usr/bin/fio --name=r --filename=/dev/vda --readonly --rw=randread --bs=4k --iodepth=32 "
              f"--ioengine=libaio --direct=1 --runtime={SECONDS} --time_based 2>&1",
}
OURS = {
    "sequential": "/dev/vda --read --size 1G --block 1M",
    "random": f"/dev/vda --read --random --size 1G --block 4k --depth 32 --seconds {SECONDS}",
}


def add_program(archive, path):
    """A dynamic program of this host with the libraries that its loader finds."""
    if not os.path.exists(path):
        raise RuntimeError(f"{path} is not installed (tools/packages bench)")
    archive.file(path, path)
    libraries = subprocess.run(["ldd", path], capture_output=True, text=True, check=True).stdout
    for library in re.findall(r"(/\S+) \(0x", libraries):
        if not archive.has(library):
            archive.file(library, library)


def initramfs(what):
    archive = Archive()
    archive.node("dev/console", stat.S_IFCHR, 5, 1)
    for directory in ("proc", "sys", "tmp"):
        archive.directory(directory)
    order = Modules(linux.kernel_tree()).ordered(MODULES)
    for path in order:
        archive.file(os.path.basename(path), path)
    archive.file("bin/busybox", os.path.join(unpacked("busybox-static"), "bin/busybox"))
    add_program(archive, "/bin/dd" if what == "sequential" else "/usr/bin/fio")
    modules = " ".join(os.path.basename(path) for path in order)
    archive.data("init", INIT.format(modules=modules, command=COMMANDS[what]).encode(), 0o755)
    output = os.path.join(linux.PLACE, f"disk-{what}.cpio")
    archive.write(output)
    return output


def image(path):
    """A gibibyte that is there, and in the page cache."""
    if not os.path.exists(path):
        with open(path, "wb") as file:
            for start in range(0, BYTES, 1 << 20):
                file.write(start.to_bytes(8, "little") * (1 << 17))
    subprocess.run(["cat", path], stdout=subprocess.DEVNULL, check=True)
    return path


def disk_arguments(machine, path):
    device = "virtio-blk-device" if "microvm" in machine else "virtio-blk-pci,disable-legacy=on"
    return ["-global", "virtio-mmio.force-legacy=false", "-blockdev",
            f"driver=raw,node-name=disk,file.driver=file,file.filename={path}", "-device", f"{device},drive=disk"]


def measure(command, done):
    """The guest's output up to its end."""
    output = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=180, check=False).stdout
    if done not in output:
        raise RuntimeError("a guest did not finish: " + output[-300:].decode(errors="replace"))
    return output.decode(errors="replace")


def ours(what, machine, path):
    """MB/s or IOPS of blkbench."""
    text = measure(qemu(machine, application("blkbench"), "256M", append=f"coracle.exit_port=0xf4 -- {OURS[what]}",
                        extra=disk_arguments(machine, path)), b" IOPS")
    return float(re.search(r"([\d.]+) MB/s" if what == "sequential" else r"([\d.]+) IOPS", text).group(1))


def peer(what, machine, path, files):
    """MB/s of dd, IOPS of fio."""
    text = measure(qemu(machine, linux.kernel(), "512M", append="console=ttyS0 quiet i8042.noaux reboot=t panic=-1",
                        extra=disk_arguments(machine, path) + ["-initrd", files]), b"PEER-DONE")
    if what == "sequential":
        seconds = float(re.search(r"copied, ([\d.e+-]+) s", text).group(1))
        return BYTES / 1e6 / seconds
    number, unit = re.search(r"IOPS=([\d.]+)(k?)", text).groups()
    return float(number) * (1000 if unit else 1)
