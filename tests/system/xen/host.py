"""A machine that runs Xen, in QEMU: with an image as its dom0, or with a Linux dom0 whose shell the tests type into."""
import os
import re
import selectors
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import lab
from debian import Missing

# With SMAP a PV dom0 of Xen 4.17 dies at boot, with MONITOR Xen panics now and then in its idle loop, and with RDTSCP a
# PVH guest that executes it is killed: QEMU's emulation of SVM is at fault in each.
CPU = "EPYC,-smap,-monitor,-rdtscp"
UP = rb"dom0: up after ([0-9.]+) s"


class Broken(RuntimeError):
    """The host does not do what it is there for; what it said last is in the message."""


def check_tools():
    for tool in ("qemu-system-x86_64", "apt-get", "dpkg-deb", "strip", "ldd"):
        if shutil.which(tool) is None:
            raise Missing(f"there is no {tool}; tools/packages run test installs it")


def qemu(memory, xen_words, module, extra=()):
    """`module`: dom0's kernel with its command line and further modules, as QEMU's -initrd takes them."""
    return ["qemu-system-x86_64", "-accel", "tcg", "-M", "q35", "-cpu", CPU, "-m", memory, "-smp", "1,maxcpus=2",
            "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-serial", "stdio",
            "-kernel", lab.hypervisor(), "-append", f"console=com1 com1=115200,8n1 {xen_words}", "-initrd", module,
            *extra]


class Machine:
    """QEMU, its console collected in `output`."""

    def __init__(self, command, **options):
        self.output = b""
        self.start = time.monotonic()
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, **options)
        os.set_blocking(self.process.stdout.fileno(), False)
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.process.stdout, selectors.EVENT_READ)

    def read(self, timeout):
        """Waits for output of QEMU or of what else is registered; False: QEMU has ended."""
        for key, _ in self.selector.select(timeout):
            if key.fileobj is self.process.stdout:
                data = self.process.stdout.read(65536)
                if data == b"":
                    self.selector.unregister(self.process.stdout)
                    return False
                self.output += (data or b"").replace(b"\r", b"")
        return True

    def run_to_end(self, seconds):
        """Whether QEMU ended by itself in this time."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not self.read(deadline - time.monotonic()):
                self.process.wait()
                return True
        return False

    def text(self):
        return self.output.decode(errors="replace")

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def run_as_dom0(image, arguments="", seconds=60):
    """Boots an image as Xen's PVH dom0. Returns what was on the console, and whether the machine ended by itself."""
    machine = Machine(qemu("256", "dom0=pvh dom0-iommu=none dom0_mem=64M loglvl=all", f"{image} {arguments}".strip()))
    try:
        ended = machine.run_to_end(seconds)
        return machine.text(), ended
    finally:
        machine.close()


class Dom0(Machine):
    """
    A Linux dom0 with the toolstack. `files` (path in dom0: path here) are in its first file system; `ports` (port here:
    (address, port there)) lead to the bridge of the guests through QEMU's user network.
    """

    def __init__(self, files, ports=None, memory=448, machine_memory=768):
        check_tools()
        self.place = tempfile.mkdtemp(prefix="coracle-xen-")
        archive = lab.dom0_files()
        for there, here in files.items():
            archive.file(there, here)
        initial = os.path.join(self.place, "dom0.cpio")
        archive.write(initial)
        self.control, theirs = socket.socketpair()
        forwards = "".join(f",hostfwd=tcp:127.0.0.1:{here}-{address}:{port}"
                           for here, (address, port) in (ports or {}).items())
        super().__init__(qemu(
            str(machine_memory), f"guest_loglvl=all loglvl=info dom0_mem={memory}M,max:{memory}M",
            f"{lab.kernel()} console=hvc0 quiet loglevel=4 rdinit=/init,{initial}",
            ["-chardev", f"socket,id=control,fd={theirs.fileno()}", "-serial", "chardev:control",
             "-netdev", f"user,id=net{forwards}", "-device", "e1000,netdev=net,romfile="]), pass_fds=[theirs.fileno()])
        theirs.close()
        self.selector.register(self.control, selectors.EVENT_READ)
        self.answer = b""
        self.count = 0

    def read(self, timeout):
        alive = super().read(timeout)
        try:
            data = self.control.recv(65536, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return alive
        if data == b"":
            return False
        self.answer += data
        return alive

    def wait_up(self, seconds=120):
        """Seconds from QEMU's start until the shell is there."""
        deadline = self.start + seconds
        while not re.search(UP, self.output):
            if time.monotonic() > deadline or not self.read(1):
                raise Broken(f"dom0 does not come up; its console ends with:\n{self.text()[-3000:]}")
        return time.monotonic() - self.start

    def run(self, command, seconds=60):
        """Runs a shell command in dom0; returns its status and what it wrote."""
        self.count += 1
        mark = f"@@{self.count}@@"
        self.answer = b""
        self.control.sendall(f"{{ {command}\n}} </dev/null 2>&1; echo \"{mark}$?@@\"\n".encode())
        deadline = time.monotonic() + seconds
        while not (found := re.search(mark.encode() + rb"(\d+)@@\n", self.answer)):
            left = deadline - time.monotonic()
            if left <= 0 or not self.read(left):
                raise Broken(f"dom0 did not finish `{command}` in {seconds} s: {self.answer[-1000:].decode()}\n"
                             f"console:\n{self.text()[-2000:]}")
        return int(found.group(1)), self.answer[:found.start()].decode(errors="replace")

    def must(self, command, seconds=60):
        """The output of a command that has to succeed."""
        status, output = self.run(command, seconds)
        if status != 0:
            raise Broken(f"`{command}` in dom0 ended with status {status}: {output.strip()}")
        return output

    def close(self):
        super().close()
        self.control.close()
        shutil.rmtree(self.place, ignore_errors=True)


def end_on_signals():
    """So that QEMU and temporary files go when a test is ended."""
    def leave(number, _):
        raise SystemExit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)
