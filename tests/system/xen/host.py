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

# With SMAP a PV dom0 of Xen 4.17 dies at boot, with MONITOR Xen panics now and then in its idle loop, with RDTSCP a PVH
# guest that executes it is killed, and with XSAVE (which takes the rest with it) programs in dom0 crash now and then
# while domains start: QEMU 7.2's emulation is at fault in each.
CPU = "EPYC,-smap,-monitor,-rdtscp,-xsave,-avx,-avx2,-f16c,-fma"
# What a dom0's kernel leaves out: its own self-tests of ciphers (a fifth of its start), and write-protecting itself with
# a walk over all page tables to see that it did (an eighth). Thunks for indirect calls and the like, against other
# tenants of a real processor, cost an emulated one a third of netback's time; Xen has its own.
QUICK = "cryptomgr.notests rodata=off mitigations=off init_on_alloc=0 apparmor=0 audit=0"
QUICK_XEN = "spec-ctrl=no"
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

    def wait_for(self, pattern, seconds):
        """Waits for a line on the console, or QEMU's end; returns the match or None."""
        deadline = time.monotonic() + seconds
        while not (found := re.search(pattern, self.output, re.MULTILINE)):
            left = deadline - time.monotonic()
            if left <= 0 or not self.read(left):
                return None
        return found

    def processor_time(self):
        """Seconds of this machine's processors that QEMU has taken."""
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def text(self):
        return self.output.decode(errors="replace")

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def disk(size, block=512, faults=()):
    """A disk of dom0's: bytes, bytes of a sector, and 512-byte sectors that cannot be read or written."""
    return size, f",logical_block_size={block},physical_block_size={block}", faults


def run_as_dom0(image, arguments="", seconds=60):
    """
    Boots an image as Xen's PVH dom0. Returns what was on the console, and what Xen said of its end: "halted", "crashed"
    or "shutdown" (public/sched.h's reasons in Xen's words); None when it did not end.
    """
    machine = Machine(qemu("256", "dom0=pvh dom0-iommu=none dom0_mem=64M loglvl=all", f"{image} {arguments}".strip()))
    try:
        end = machine.wait_for(rb"^\(XEN\) Hardware Dom0 (\w+): ", seconds)
        return machine.text(), end.group(1).decode() if end else None
    finally:
        machine.close()


class Dom0(Machine):
    """
    A Linux dom0 with the toolstack. `files` (path in dom0: path here) are in its first file system; `ports` (port here:
    (address, port there)) lead to the bridge of the guests through QEMU's user network. `disks`, as disk() describes
    them, are /dev/nvme0n1, /dev/nvme0n2 and on.
    """

    def __init__(self, files, ports=None, disks=(), memory=448, machine_memory=768):
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
            str(machine_memory), f"guest_loglvl=warning dom0_mem={memory}M,max:{memory}M {QUICK_XEN}",
            f"{lab.kernel()} console=hvc0 quiet loglevel=4 {QUICK} rdinit=/init,{initial}",
            ["-chardev", f"socket,id=control,fd={theirs.fileno()}", "-serial", "chardev:control",
             "-netdev", f"user,id=net{forwards}", "-device", "e1000,netdev=net,romfile=", *self.nvme(disks)]),
            pass_fds=[theirs.fileno()])
        theirs.close()
        self.selector.register(self.control, selectors.EVENT_READ)
        self.answer = b""
        self.count = 0

    def nvme(self, disks):
        """QEMU's words for a controller with these disks."""
        words = ["-device", "nvme,serial=disks,id=nvme"] if disks else []
        for number, (size, properties, faults) in enumerate(disks, 1):
            path = os.path.join(self.place, f"disk{number}")
            with open(path, "wb") as file:
                file.truncate(size)
            below = f"filename={path},driver=file"
            if faults:
                rules = os.path.join(self.place, f"faults{number}")
                with open(rules, "w", encoding="ascii") as file:
                    file.writelines(f'[inject-error]\nevent = "none"\nerrno = "5"\nsector = "{sector}"\n'
                                    for sector in faults)
                below = f"driver=blkdebug,config={rules},image.driver=file,image.filename={path}"
            words += ["-blockdev", f"node-name=disk{number},driver=raw,discard=unmap,"
                      + ",".join(f"file.{word}" for word in below.split(",")),
                      "-device", f"nvme-ns,drive=disk{number},nsid={number}{properties}"]
        return words

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
        if not self.wait_for(UP, seconds):
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
