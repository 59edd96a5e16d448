"""The parts of a Xen host, from Debian packages that are unpacked and not installed: hypervisor, Linux dom0, toolstack.

Everything goes to build/xen; nothing needs root.
"""
import glob
import gzip
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
from debian import ROOT, Archive, Missing, Modules, extract_vmlinux, run, unpacked, versioned

HERE = os.path.dirname(os.path.abspath(__file__))
PLACE = os.path.join(ROOT, "build/xen")
VERSION = "4.17"
TOOLS = ["xl", "xenstored", "xenconsoled", "xenconsole", "xen-init-dom0", "libxl-save-helper", "xenctx"]
STORE_TOOLS = ["read", "write", "rm", "ls"]
# After libxenmisc, which has xl's own libraries, those that it needs; the rest of what they need is on any Debian.
LIBRARIES = [f"libxenmisc{VERSION}", "libxencall1", "libxendevicemodel1", "libxenevtchn1", "libxenforeignmemory1",
             "libxengnttab1", "libxenhypfs1", "libxenstore4", "libxentoolcore1", "libxentoollog1", "libyajl2"]
MODULES = ["xen-privcmd", "xenfs", "xen-evtchn", "xen-gntdev", "xen-gntalloc", "xen-netback", "xen-blkback", "bridge",
           "loop", "e1000", "nvme"]
LIBRARY_PLACE = "usr/lib/x86_64-linux-gnu"


def hypervisor():
    """Xen itself, which QEMU's -kernel takes (multiboot)."""
    output = os.path.join(PLACE, "xen")
    if not os.path.exists(output):
        packed = os.path.join(unpacked(f"xen-hypervisor-{VERSION}-amd64"), f"boot/xen-{VERSION}-amd64.gz")
        os.makedirs(PLACE, exist_ok=True)
        with gzip.open(packed) as file, open(output, "wb") as copy:
            shutil.copyfileobj(file, copy)
    return output


def kernel_tree():
    """Debian's general kernel: the one for clouds cannot be a dom0."""
    return unpacked(versioned("linux-image-amd64", r"linux-image-[0-9.]+-[0-9]+-amd64"))


def kernel():
    """The dom0's kernel, unpacked here rather than under emulation, which would take 3 s of each boot."""
    tree = kernel_tree()
    output = os.path.join(PLACE, os.path.basename(tree) + ".vmlinux")
    if not os.path.exists(output):
        os.makedirs(PLACE, exist_ok=True)
        extract_vmlinux(glob.glob(f"{tree}/boot/vmlinuz-*")[0], output)
    return output


def stripped(path, name):
    """A copy without debug information: what the guest's memory holds is smaller, and read faster."""
    output = os.path.join(PLACE, name)
    if not os.path.exists(output) or os.path.getmtime(output) < os.path.getmtime(path):
        os.makedirs(os.path.dirname(output), exist_ok=True)
        run("strip", "--strip-debug", "-o", output, path)
    return output


def hotplug():
    """libxl's hotplug scripts (dom0/hotplug.c)."""
    output, source = os.path.join(PLACE, "hotplug"), os.path.join(HERE, "dom0/hotplug.c")
    if not os.path.exists(output) or os.path.getmtime(output) < os.path.getmtime(source):
        run("gcc", "-O2", "-Wall", "-Werror", "-static", "-s", "-o", output, source, "-lxenstore", "-lxentoolcore")
    return output


def library_directories():
    return [os.path.join(unpacked(package), LIBRARY_PLACE) for package in LIBRARIES]


def needed_libraries(programs):
    """The shared libraries of the programs, by the name that the loader looks for."""
    environment = {**os.environ, "LD_LIBRARY_PATH": ":".join(library_directories())}
    found = {}
    for program in programs:
        said = subprocess.run(["ldd", program], env=environment, capture_output=True, text=True, check=False).stdout
        for name, where in re.findall(r"(\S+) => (\S+)", said):
            if where == "not":
                raise Missing(f"{os.path.basename(program)} needs {name}, which is not here; install its package")
            found[name] = where
    # pthread_cancel loads it; without it xl aborts.
    found["libgcc_s.so.1"] = run("gcc", "-print-file-name=libgcc_s.so.1").strip()
    return found


def dom0_files():
    """The archive of the dom0's first file system, without what a test adds."""
    archive = Archive()
    for name in ("dev", "proc", "sys", "tmp", "run", "etc/xen/scripts", "usr/sbin", "usr/bin", "var/log", "sbin"):
        archive.directory(name)
    archive.link("var/run", "../run")
    archive.link("var/lock", "../run/lock")
    archive.link("lib", "usr/lib")
    archive.data("etc/xen/xl.conf", b"")
    archive.file("bin/busybox", os.path.join(unpacked("busybox-static"), "bin/busybox"))
    add_toolstack(archive)
    order = Modules(kernel_tree()).ordered(MODULES)
    for path in order:
        archive.file("modules/" + os.path.basename(path), stripped(path, "modules/" + os.path.basename(path)))
    archive.data("modules/order", "".join(os.path.basename(path) + "\n" for path in order).encode())
    archive.file("init", os.path.join(HERE, "dom0/init"))
    for script in ("vif-bridge", "block"):
        archive.file(f"etc/xen/scripts/{script}", hotplug())
    return archive


def add_toolstack(archive):
    tools = os.path.join(unpacked(f"xen-utils-{VERSION}"), f"usr/lib/xen-{VERSION}/bin")
    programs = []
    for name in TOOLS:
        programs.append(os.path.join(tools, name))
        archive.file(f"usr/lib/xen-{VERSION}/bin/{name}", programs[-1])
        archive.link(f"usr/sbin/{name}", f"/usr/lib/xen-{VERSION}/bin/{name}")
    for name in STORE_TOOLS:
        programs.append(os.path.join(unpacked("xenstore-utils"), f"usr/bin/xenstore-{name}"))
        archive.file(f"usr/bin/xenstore-{name}", os.path.realpath(programs[-1]))
    programs.append(os.path.join(unpacked("iputils-ping"), "bin/ping"))
    archive.file("usr/sbin/ping", programs[-1]) # which, unlike busybox's, floods
    for name, path in needed_libraries(programs).items():
        archive.file(f"{LIBRARY_PLACE}/{name}", path)
    archive.file("lib64/ld-linux-x86-64.so.2", "/lib64/ld-linux-x86-64.so.2")
