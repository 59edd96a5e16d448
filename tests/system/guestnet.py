"""A network of a test's own: a namespace with a tap device, and a guest on it. Everything goes when the test ends."""
import ctypes
import fcntl
import os
import random
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

from support import check

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HOST4, GUEST4, HOST6, GUEST6 = "10.89.0.1", "10.89.0.2", "fd89::1", "fd89::2"
STATIC = f"coracle.ip={GUEST4}/24,gw={HOST4} coracle.ip6={GUEST6}/64"
CLONE_NEWNET = 0x40000000

signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the network goes with the test


def note(text):
    """A figure, for the reader; not a result."""
    print(f"# {text}", flush=True)


def cannot_run():
    """Why this machine cannot run tests with taps, or None."""
    if os.geteuid() != 0:
        return "taps and network namespaces need root"
    if not os.path.exists("/dev/net/tun"):
        return "no /dev/net/tun"
    return None


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


class Namespace:
    """`with Namespace():` moves this process, and what it starts, into a new network namespace."""

    def __init__(self, mtu=1500):
        self.mtu = mtu

    def __enter__(self):
        self.name = f"coracle-test-{os.getpid()}"
        self.old = os.open("/proc/self/ns/net", os.O_RDONLY)
        run("ip", "netns", "add", self.name)
        self.set(os.open(f"/run/netns/{self.name}", os.O_RDONLY))
        for words in ("ip link set lo up", "ip tuntap add tap0 mode tap", f"ip link set tap0 up mtu {self.mtu}",
                      f"ip addr add {HOST4}/24 dev tap0", f"ip -6 addr add {HOST6}/64 dev tap0 nodad"):
            run(*words.split())
        return self

    @staticmethod
    def set(descriptor):
        if ctypes.CDLL(None, use_errno=True).setns(descriptor, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")

    def __exit__(self, *_):
        self.set(self.old)
        run("ip", "netns", "del", self.name)


def program(name):
    """Builds one of tests/system/programs; returns its image."""
    made = subprocess.run(["make", "-s", f"APP=tests/system/programs/{name}"], cwd=ROOT, capture_output=True,
                          text=True, check=False)
    if made.returncode != 0:
        print(made.stdout + made.stderr)
        check(f"{name} builds", False)
        sys.exit(1)
    return os.path.join(ROOT, f"build/x86_64/apps/{name}/{name}.elf")


class Guest:
    """A guest with one network device; ready when it has printed `marker`."""

    def __init__(self, image, append=STATIC, machine="pc", memory="64M", netdev=None, device="", marker=b"ready",
                 extra=()):
        kind = self.device(machine)
        netdev = netdev or "tap,id=n,ifname=tap0,script=no,downscript=no"
        self.output = b""
        self.process = subprocess.Popen(
            ["qemu-system-x86_64", "-accel", "tcg", "-smp", "1,maxcpus=2", "-nodefaults", "-no-user-config",
             "-display", "none", "-serial", "stdio", "-no-reboot", "-m", memory, "-M", machine,
             "-global", "virtio-mmio.force-legacy=false", "-kernel", image,
             "-append", f"coracle.exit_port=0xf4 {append}", "-device", "isa-debug-exit,iobase=0xf4,iosize=4",
             "-netdev", netdev, "-device", f"{kind},netdev=n{device}", *extra],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.marker = marker

    def device(self, machine):
        """QEMU's name of the network device; another kind of guest may have another."""
        return "virtio-net-device" if machine == "microvm" else "virtio-net-pci,disable-legacy=on"

    def __enter__(self):
        deadline = time.monotonic() + 30
        while self.marker not in self.output and time.monotonic() < deadline:
            if not select.select([self.process.stdout], [], [], 1)[0]:
                continue
            data = os.read(self.process.stdout.fileno(), 65536)
            if not data:
                break
            self.output += data
        if not check("the guest comes up", self.marker in self.output):
            print(self.output.decode(errors="replace"))
            self.__exit__()
            sys.exit(1)
        threading.Thread(target=self.drain, daemon=True).start()
        return self

    def drain(self):
        for data in iter(lambda: os.read(self.process.stdout.fileno(), 65536), b""):
            self.output += data

    def alive(self):
        return self.process.poll() is None

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        if b"crash" in self.output:
            check("the guest does not crash", False)
            print(self.output.decode(errors="replace"))


class LossyLink:
    """Joins tap0 to QEMU's datagram socket, and loses, repeats and delays frames on the way."""

    def __init__(self, directory, lose=0.0, repeat=0.0, reorder=0.0):
        self.odds = lose, repeat, reorder
        self.here, self.there = os.path.join(directory, "host"), os.path.join(directory, "guest")
        self.netdev = f"dgram,id=n,local.type=unix,local.path={self.there},remote.type=unix,remote.path={self.here}"
        self.tap = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(self.tap, 0x400454CA, struct.pack("16sH22x", b"tap0", 0x1002))  # TUNSETIFF, IFF_TAP | IFF_NO_PI
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.here)
        self.random = random.Random(1)
        self.lost = 0
        threading.Thread(target=self.carry, daemon=True).start()

    def fate(self, frame, send):
        """Sends a frame on, mostly."""
        lose, repeat, reorder = self.odds
        luck = self.random.random()
        if luck < lose:
            self.lost += 1
            return
        try:
            if luck < lose + reorder:
                threading.Timer(0.003, self.quietly, (send, frame)).start()
                return
            send(frame)
            if luck < lose + reorder + repeat:
                send(frame)
        except OSError:
            pass

    @staticmethod
    def quietly(send, frame):
        try:
            send(frame)
        except OSError:
            pass

    def carry(self):
        while True:
            for ready in select.select([self.tap, self.socket], [], [])[0]:
                if ready == self.tap:
                    self.fate(os.read(self.tap, 65536), lambda frame: self.socket.sendto(frame, self.there))
                else:
                    self.fate(self.socket.recv(65536), lambda frame: os.write(self.tap, frame))


def connect(address, port, timeout=10):
    return socket.create_connection((address, port), timeout=timeout)


def receive(connection, size):
    data = bytearray()
    while len(data) < size:
        part = connection.recv(min(65536, size - len(data)))
        if not part:
            break
        data += part
    return bytes(data)
