"""What the boot benchmark compares with: processes, containers, Debian's Linux, and Coracle itself on Xen.

Each function returns rows, or raises OSError or RuntimeError with the reason why there are none.
"""
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "system/xen"))
import domains
import guests
import host as xen_host
import linux
import machine
import rows
from debian import Archive, unpacked

HELLO = rb"Hello"
CONTROLLERS = ("cpu", "memory", "devices", "freezer", "pids")
KERNEL_WORDS = "console=ttyS0 quiet i8042.noaux"


def native():
    """apps/hello as a static Linux program."""
    return linux.build_program("hello-process", [os.path.join(guests.ROOT, "apps/hello/hello.c")])


def root_with(program, place):
    root = os.path.join(place, "root")
    os.makedirs(root, exist_ok=True)
    shutil.copy(program, os.path.join(root, "hello"))
    return root


def as_root(what):
    if os.geteuid() != 0:
        raise RuntimeError(f"{what} needs root here")


def tool(name):
    if shutil.which(name) is None:
        raise RuntimeError(f"there is no {name}; tools/packages bench installs it")


def process(_):
    return [rows.host("process", [native()], HELLO, [native()])]


def chroot(place):
    as_root("chroot")
    root = root_with(native(), place)
    return [rows.host("chroot", ["chroot", root, "/hello"], HELLO, ["chroot", os.path.join(root, "hello")])]


class Cgroups:
    """
    A mount namespace that has only the controllers of cgroup version 1, for a crun that refuses a host with both
    versions. A process that sleeps holds it.
    """

    def __init__(self):
        script = ("mount --make-rprivate / && umount -R /sys/fs/cgroup && mount -t tmpfs none /sys/fs/cgroup && "
                  f"for c in {' '.join(CONTROLLERS)}; do mkdir /sys/fs/cgroup/$c && "
                  "mount -t cgroup -o $c none /sys/fs/cgroup/$c || exit; done; mkdir /sys/fs/cgroup/systemd && "
                  "mount -t cgroup -o none,name=systemd none /sys/fs/cgroup/systemd && echo up && exec sleep 100000")
        self.holder = subprocess.Popen(["unshare", "-m", "sh", "-c", script], stdin=subprocess.DEVNULL,
                                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        said = self.holder.stdout.readline().strip()
        if said != "up":
            self.close()
            raise RuntimeError(f"no cgroups for crun: {said}")
        self.prefix = ["nsenter", f"--mount=/proc/{self.holder.pid}/ns/mnt", "--"]

    def close(self):
        self.holder.send_signal(signal.SIGKILL)
        self.holder.wait()
        self.holder.stdout.close()


def bundle(place):
    """An OCI bundle as `crun spec` makes it, with the program alone in its root."""
    directory = os.path.join(place, "bundle")
    os.makedirs(directory, exist_ok=True)
    root_with(native(), directory)
    machine.run("crun", "spec", cwd=directory)
    path = os.path.join(directory, "config.json")
    with open(path, encoding="utf-8") as file:
        config = json.load(file)
    config["process"].update(terminal=False, args=["/hello"])
    config["process"].pop("rlimits", None)
    config["root"] = {"path": "root", "readonly": True}
    with open(path, "w", encoding="utf-8") as file:
        json.dump(config, file)
    return directory


def container(place, closing):
    as_root("crun")
    tool("crun")
    directory = bundle(place)
    number = iter(range(1_000_000))

    def command():
        return ["crun", "run", "--bundle", directory, f"coracle-bench-{os.getpid()}-{next(number)}"]

    prefix = []
    if subprocess.run(command(), capture_output=True, check=False).returncode != 0:
        namespace = Cgroups()
        closing.callback(namespace.close)
        prefix = namespace.prefix

    def start():
        return machine.start(prefix + command(), machine.printed(HELLO), rows.TIMEOUT)

    return [rows.Row("oci-crun", "host", "native", start, ["crun", os.path.join(directory, "root/hello")])]


def lxc(place):
    as_root("lxc-execute")
    tool("lxc-execute")
    directory = os.path.join(place, "lxc")
    root = root_with(native(), directory)
    configuration = os.path.join(directory, "config")
    with open(configuration, "w", encoding="utf-8") as file:
        file.write(f"lxc.rootfs.path = dir:{root}\nlxc.uts.name = bench\n")
    command = ["lxc-execute", "-n", f"coracle-bench-{os.getpid()}", "-P", directory, "-f", configuration, "--", "/hello"]
    return [rows.host("lxc", command, HELLO, ["lxc-execute", os.path.join(root, "hello")])]


def busybox_files(program):
    """An initial file system with busybox, whose shell starts the program: the least of a usual user space."""
    archive = Archive()
    archive.node("dev/console", stat.S_IFCHR, 5, 1)
    archive.file("bin/busybox", os.path.join(unpacked("busybox-static"), "bin/busybox"))
    archive.data("init", b"#!/bin/busybox sh\nb=/bin/busybox\n$b mkdir -p /proc /sys /dev\n$b mount -t proc proc /proc\n"
                 b"$b mount -t sysfs sys /sys\n$b mount -t devtmpfs dev /dev 2>/dev/null\nexec /program\n", 0o755)
    archive.file("program", program)
    output = os.path.join(linux.PLACE, "hello-busybox.cpio")
    archive.write(output)
    return output


def kernel_words(where):
    """microvm has no clock that Linux measures the time-stamp counter with: it is told the rate, TCG's being the host's."""
    if where != "microvm":
        return KERNEL_WORDS
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
        rate = re.search(r"^cpu MHz\s*: ([\d.]+)", file.read(), re.MULTILINE)
    return f"{KERNEL_WORDS} tsc_early_khz={float(rate.group(1)) * 1000:.0f}" if rate else KERNEL_WORDS


def linux_guests(kvm):
    """Debian's kernel, with one program and with busybox, on the machines where it finds a console."""
    sources = [os.path.join(guests.ROOT, "apps/hello/hello.c"), os.path.join(guests.SOURCE, "linux_init.c")]
    program = linux.build_program("hello", sources, ["-Dmain=program_main"])
    kernel = linux.kernel()
    files = {"linux-minimal": linux.initramfs("hello", program), "linux-busybox": busybox_files(program)}
    places = [("tcg", where) for where in ("microvm", "pc", "q35")] + ([("kvm", "pc")] if kvm else [])

    def row(name, accel, where):
        command = guests.qemu(where, kernel, "256M", accel, kernel_words(where), ["-initrd", files[name]])
        return rows.guest(name, where, accel, rows.with_cpu(accel, command), HELLO, kernel, [files[name]])

    return [row(name, *place) for place in places for name in files]


def processor_ms(process):
    """What a process that runs has used so far: fields utime and stime (proc(5))."""
    with open(f"/proc/{process.pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


class Domains:
    """A Xen host with a Linux dom0, started when the first domain is, in which hello is created as a domain."""

    def __init__(self, image):
        self.image, self.host = image, None

    def boot(self):
        host = domains.Host([self.image])
        try:
            host.wait_up()
            self.config = host.configure("bench", "hello")
        except BaseException:
            host.close()
            raise
        self.host = host

    def start(self):
        if self.host is None:
            self.boot()
        log = "/var/log/xen/console/guest-bench.log"
        begin, used = time.monotonic(), processor_ms(self.host.process)
        self.host.must(f"xl create {self.config} >/run/bench.created && until grep -q Hello {log}; do sleep 0.01; done",
                       rows.TIMEOUT)
        wall, cpu = (time.monotonic() - begin) * 1000, processor_ms(self.host.process) - used
        if not self.host.wait_gone("bench"):
            raise machine.Failed("the domain does not end")
        self.host.must(f": >{log}")
        return wall, cpu

    def close(self):
        if self.host is not None:
            self.host.close()


def xen(closing):
    """
    On a Xen that QEMU emulates: hello as the first domain, where Xen's own boot is most of it; and as a domain that the
    toolstack of a Linux dom0 creates, measured from xl's start. The latter has no cold start: its files are in dom0.
    """
    image = guests.application("hello")
    command = xen_host.qemu("256", "dom0=pvh dom0-iommu=none dom0_mem=64M", image)
    domain = Domains(image)
    closing.callback(domain.close)
    return [rows.guest("hello", "xen-dom0", "tcg", command, HELLO, image),
            rows.Row("hello", "xen-domain", "tcg", domain.start, until="first output, from xl create", cold=False)]
