"""The Linux peer: Debian's cloud kernel with an initramfs that holds one static program, the same C source as ours.

Everything comes from Debian packages and goes to build/bench/linux.
"""
import glob
import gzip
import lzma
import os
import re
import shutil
import stat
import struct
import subprocess

from guests import BUILD, ROOT, log, run

PLACE = os.path.join(BUILD, "linux")
MODULES = ("virtio_ring", "virtio", "failover", "net_failover", "virtio_net", "virtio_pci_legacy_dev",
           "virtio_pci_modern_dev", "virtio_pci")
INIT = """#!/bin/busybox sh
b=/bin/busybox
$b mount -t devtmpfs dev /dev 2>/dev/null
for m in {modules}; do $b insmod /$m.ko; done
$b ip addr add {address} dev eth0 && $b ip link set eth0 up
exec {command}
"""
HTTPD_STATS = os.path.join(ROOT, "tests/bench/linux_stats.c")


def package_file(package):
    """Downloads a package (not installed) and returns the path of the unpacked tree."""
    tree = os.path.join(PLACE, package)
    if not os.path.isdir(tree):
        log(f"downloading {package}")
        os.makedirs(PLACE, exist_ok=True)
        run("apt-get", "download", "-q", package, cwd=PLACE)
        deb = glob.glob(os.path.join(PLACE, f"{package}_*.deb"))[0]
        run("dpkg-deb", "-x", deb, tree + ".new")
        os.rename(tree + ".new", tree)
    return tree


def kernel_package():
    """The versioned package that linux-image-cloud-amd64 depends on."""
    found = re.search(r"Depends: (linux-image-\S+-cloud-amd64)", run("apt-cache", "depends", "linux-image-cloud-amd64"))
    if not found:
        raise RuntimeError("apt-cache knows no linux-image-cloud-amd64; run apt-get update")
    return found.group(1)


def extract_vmlinux(image, output):
    """The ELF inside a bzImage: setup header fields payload_offset and payload_length (Linux boot protocol 2.08)."""
    with open(image, "rb") as file:
        data = file.read()
    sectors = data[0x1f1] or 4
    offset, length = struct.unpack_from("<II", data, 0x248)
    payload = data[(sectors + 1) * 512 + offset:][:length]
    if payload.startswith(b"\xfd7zXZ"):
        elf = lzma.LZMADecompressor().decompress(payload)
    elif payload.startswith(b"\x1f\x8b"):
        elf = gzip.decompress(payload[:-4])
    else:
        tool = {b"\x02\x21\x4c\x18": "lz4", b"\x28\xb5\x2f\xfd": "zstd"}.get(payload[:4])
        if tool is None or shutil.which(tool) is None:
            raise RuntimeError(f"cannot unpack {image}: " + (f"apt-get install {tool}" if tool else "unknown format"))
        elf = subprocess.run([tool, "-dc"], input=payload[:-4], capture_output=True, check=True).stdout
    with open(output, "wb") as file:
        file.write(elf)


def kernel():
    """Path of the uncompressed kernel, which QEMU starts through its PVH entry."""
    output = os.path.join(PLACE, "vmlinux")
    if not os.path.exists(output):
        tree = package_file(kernel_package())
        extract_vmlinux(glob.glob(os.path.join(tree, "boot/vmlinuz-*"))[0], output)
    return output


def build_program(name, sources, flags=()):
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
    tree = os.path.join(PLACE, f"{name}.tree")
    shutil.rmtree(tree, ignore_errors=True)
    os.makedirs(os.path.join(tree, "dev"))
    # The kernel opens it for process 1 before anything can mount a /dev; only root may make one.
    os.mknod(os.path.join(tree, "dev/console"), stat.S_IFCHR | 0o600, os.makedev(5, 1))
    shutil.copy(program, os.path.join(tree, "program"))
    if files:
        shutil.copytree(files, os.path.join(tree, "files"))
    if network_address:
        modules = package_file(kernel_package())
        for module in MODULES:
            shutil.copy(glob.glob(f"{modules}/lib/modules/*/kernel/**/{module}.ko", recursive=True)[0], tree)
        os.makedirs(os.path.join(tree, "bin"))
        shutil.copy(os.path.join(package_file("busybox-static"), "bin/busybox"), os.path.join(tree, "bin/busybox"))
        with open(os.path.join(tree, "init"), "w") as file:
            file.write(INIT.format(modules=" ".join(MODULES), address=network_address,
                                   command=f"/program {arguments}"))
    else:
        os.rename(os.path.join(tree, "program"), os.path.join(tree, "init"))
    os.chmod(os.path.join(tree, "init"), 0o755)
    output = os.path.join(PLACE, f"{name}.cpio")
    with open(output, "wb") as file:
        names = subprocess.run(["find", ".", "-print0"], cwd=tree, capture_output=True, check=True).stdout
        subprocess.run(["cpio", "--null", "-o", "-H", "newc", "--quiet"], cwd=tree, input=names, stdout=file,
                       check=True)
    return output
