"""A network of the benchmark's own: a namespace with a tap, in which QEMU and the load generator run."""
import os
import re
import subprocess
import time

from guests import end, qemu, run

HOST_ADDRESS = "10.87.0.1/24"
GUEST_ADDRESS = "10.87.0.2/24"
GUEST = GUEST_ADDRESS.split("/")[0]


class Namespace:
    """`with Namespace() as network:` makes it and takes it away."""

    def __init__(self):
        self.name = f"coracle-bench-{os.getpid()}"
        self.prefix = ["ip", "netns", "exec", self.name]

    def __enter__(self):
        run("ip", "netns", "add", self.name)
        for words in ("ip link set lo up", "ip tuntap add tap0 mode tap", "ip link set tap0 up",
                      f"ip addr add {HOST_ADDRESS} dev tap0"):
            run(*self.prefix, *words.split())
        return self

    def __exit__(self, *_):
        run("ip", "netns", "del", self.name)

    def command(self, machine, kernel, memory, accel, append, extra=()):
        device = "virtio-net-device" if "microvm" in machine else "virtio-net-pci,disable-legacy=on"
        return self.prefix + qemu(machine, kernel, memory, accel, append, [
            "-netdev", "tap,id=n0,ifname=tap0,script=no,downscript=no", "-device", f"{device},netdev=n0",
            "-global", "virtio-mmio.force-legacy=false", *extra])

    def answers(self, port=8080):
        probe = subprocess.run(self.prefix + ["curl", "-s", "-o", "/dev/null", "-m", "1",
                                              f"http://{GUEST}:{port}/favicon.svg"], check=False)
        return probe.returncode == 0

    def wrk(self, seconds, connections, path="/hello.txt"):
        """Requests per second, the number of socket errors, and the longest that a request took, in milliseconds."""
        output = run(*self.prefix, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency",
                     f"http://{GUEST}:8080{path}")
        errors = sum(int(n) for n in re.findall(r"(?:connect|read|write|timeout) (\d+)", output))
        longest, unit = re.search(r"Latency\s+\S+\s+\S+\s+([\d.]+)(us|ms|s)", output).groups()
        return (float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1)), errors,
                float(longest) * {"us": 0.001, "ms": 1, "s": 1000}[unit])


class Guest:
    """A server guest in the namespace, up from __enter__ to __exit__."""

    def __init__(self, network, command):
        self.network, self.command, self.process = network, command, None

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT)
        deadline = time.monotonic() + 60
        while not self.network.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                output = os.read(self.process.stdout.fileno(), 65536).decode(errors="replace")
                self.__exit__()
                raise RuntimeError(f"the server guest does not answer: {output[-500:]}")
            time.sleep(0.05)
        return self

    def __exit__(self, *_):
        end(self.process)
