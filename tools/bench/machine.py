"""The guests' side of a measurement: QEMU's command line, the floor program, and one timed start.

Everything that is compared runs under the same QEMU command; only the kernel and its command line differ.
"""
import os
import re
import select
import signal
import subprocess
import time

HERE = os.path.dirname(os.path.abspath(__file__))
MACHINES = {
    "bare microvm": "microvm,acpi=off,x-option-roms=off,pit=off,pic=off,rtc=off",
    "microvm": "microvm",
    "pc": "pc",
    "q35": "q35",
}
EXIT_WORDS = "coracle.exit_port=0xf4"
FLOOR_LINE = rb"Hello, world\n"


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def build_floor(place, prints):
    """The empty program; with prints, it writes one line first."""
    os.makedirs(place, exist_ok=True)
    stem = os.path.join(place, "floor-print" if prints else "floor")
    run("gcc", "-m32", *(["-DPRINT"] if prints else []), "-c", f"{HERE}/floor.S", "-o", f"{stem}.o")
    run("ld", "-m", "elf_i386", "-T", f"{HERE}/floor.ld", f"{stem}.o", "-o", f"{stem}.elf")
    return f"{stem}.elf"


def build_counter(place):
    """The TCG plugin that counts instructions."""
    os.makedirs(place, exist_ok=True)
    path = os.path.join(place, "icount.so")
    run("gcc", "-O2", "-Wall", "-Wextra", "-shared", "-fPIC", f"{HERE}/icount.c", "-o", path)
    return path


def cpu(accel):
    """As coracle run asks for it. Not every KVM that offers arch-capabilities lets QEMU set it; QEMU then aborts."""
    return ["-cpu", "max" if accel == "tcg" else "host,-arch-capabilities"]


def qemu(machine, kernel, memory="64M", accel="tcg", append="", extra=()):
    # Under TCG, QEMU 7.2 leaves out guest memory barriers when only one CPU is possible: hence maxcpus.
    cpus = "1,maxcpus=2" if accel == "tcg" else "1"
    command = ["qemu-system-x86_64", "-accel", accel, "-smp", cpus, "-nodefaults", "-no-user-config", "-display",
               "none", "-serial", "stdio", "-no-reboot", "-m", memory, "-M", MACHINES[machine], "-kernel", kernel,
               "-device", "isa-debug-exit,iobase=0xf4,iosize=4"]
    if append:
        command += ["-append", append]
    return command + list(extra)


def kvm_works(place):
    """Whether /dev/kvm runs the floor program."""
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return False
    command = qemu("bare microvm", build_floor(place, False), accel="kvm")
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=20,
                              check=False).returncode == 1
    except subprocess.TimeoutExpired:
        return False


class Failed(RuntimeError):
    """A start that did not come to its marker; says what came instead."""


def reap(process):
    """Ends it and everything it waited for; returns the processor time of all, in milliseconds."""
    os.kill(process.pid, signal.SIGKILL) # Popen's own would collect one that has ended, and its times with it
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    return (usage.ru_utime + usage.ru_stime) * 1000


def start(command, reached, timeout):
    """
    Starts a command; returns wall and processor milliseconds until `reached`, which is called with the process, the
    deadline and a list that it may put what was printed into, and returns whether it came to the end that it knows.
    """
    said = [b""]
    begin = time.monotonic()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        done = reached(process, begin + timeout, said)
        wall = (time.monotonic() - begin) * 1000
    finally:
        cpu = reap(process)
    if not done:
        lines = [line for line in said[0].decode(errors="replace").splitlines() if line.strip()]
        when = f"not in {timeout:g} s" if wall >= timeout * 1000 else f"it ended after {wall:.0f} ms"
        raise Failed(f"{when}; it printed {'last: ' + lines[-1].strip()[-160:] if lines else 'nothing'}")
    return wall, cpu


def printed(marker):
    """For `start`: a regular expression that the output has to match."""
    def reached(process, deadline, said):
        while (left := deadline - time.monotonic()) > 0:
            if not select.select([process.stdout], [], [], left)[0]:
                continue
            data = os.read(process.stdout.fileno(), 65536)
            if not data:
                return False
            said[0] += data
            if re.search(marker, said[0]):
                return True
        return False
    return reached


def answered(ready, fetch, pause=0.0005):
    """
    For `start`: the expression that a server prints when it is ready, and a function that returns true once it answers,
    and raises OSError or returns false before. Who asks before it is ready waits for a retransmission.
    """
    is_ready = printed(ready)

    def reached(process, deadline, said):
        if not is_ready(process, deadline, said):
            return False
        while time.monotonic() < deadline:
            try:
                if fetch():
                    return True
            except OSError:
                pass
            time.sleep(pause)
        return False
    return reached
