"""The Linux peer: Debian's cloud kernel with an initramfs that holds one static program, the same C source as ours.

Everything comes from Debian packages (tests/debian.py) and goes to build/bench/linux.
"""
import glob
import os
import shutil
import stat
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from debian import Archive, Modules, extract_vmlinux, unpacked, versioned
from guests import BUILD, ROOT, run

PLACE = os.path.join(BUILD, "linux")
MODULES = ("virtio_net", "virtio_pci")
INIT = """#!/bin/busybox sh
b=/bin/busybox
$b mount -t devtmpfs dev /dev 2>/dev/null
for m in {modules}; do $b insmod /$m.ko; done
$b ip addr add {address} dev eth0 && $b ip link set eth0 up
exec {command}
"""
HTTPD_STATS = os.path.join(ROOT, "tests/bench/linux_stats.c")


def kernel_tree():
    return unpacked(versioned("linux-image-cloud-amd64", r"linux-image-[0-9.]+-[0-9]+-cloud-amd64"))


def kernel():
    """Path of the uncompressed kernel, which QEMU starts through its PVH entry."""
    output = os.path.join(PLACE, "vmlinux")
    if not os.path.exists(output):
        os.makedirs(PLACE, exist_ok=True)
        extract_vmlinux(glob.glob(os.path.join(kernel_tree(), "boot/vmlinuz-*"))[0], output)
    return output


def build_program(name, sources, flags=()):
    os.makedirs(PLACE, exist_ok=True)
    output = os.path.join(PLACE, name)
    run("gcc", "-std=gnu11", "-O2", "-static", *flags, *sources, "-o", output)
    return output


def httpd():
    """apps/httpd itself, as a Linux program."""
    include = os.path.join(PLACE, "include/coracle")
    os.makedirs(include, exist_ok=True)
    shutil.copy(os.path.join(ROOT, "libos/include/coracle/stats.h"), include)
    sources = glob.glob(os.path.join(ROOT, "apps/httpd/*.c")) + [HTTPD_STATS]
    return build_program("httpd", sources, ["-I", os.path.join(PLACE, "include")])


def initramfs(name, program, arguments="", files=None, network_address=None):
    """Packs a program, started as process 1 (through busybox's shell when it needs a network)."""
    archive = Archive()
    # The kernel opens it for process 1 before anything can mount a /dev.
    archive.node("dev/console", stat.S_IFCHR, 5, 1)
    if files:
        for path in glob.glob(f"{glob.escape(files)}/**", recursive=True):
            if os.path.isfile(path):
                archive.file(os.path.join("files", os.path.relpath(path, files)), path)
    if network_address:
        order = Modules(kernel_tree()).ordered(MODULES)
        for path in order:
            archive.file(os.path.basename(path), path)
        archive.file("bin/busybox", os.path.join(unpacked("busybox-static"), "bin/busybox"))
        archive.file("program", program)
        archive.data("init", INIT.format(modules=" ".join(os.path.basename(path)[:-3] for path in order),
                                         address=network_address,
                                         command=f"/program {arguments}").encode(), 0o755)
    else:
        archive.file("init", program)
    output = os.path.join(PLACE, f"{name}.cpio")
    archive.write(output)
    return output
