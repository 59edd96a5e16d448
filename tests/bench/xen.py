"""Rows of `make bench` on Xen: a dom0 and the domains that are compared, in the machine of tests/system/xen."""
import glob
import os
import re
import statistics
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "system/xen"))
import linux
from debian import ROOT, Archive, Modules, unpacked
from domains import Host, make_site
from guests import BUILD, SOURCE, application, log, run
from host import Broken
import lab

ADDRESS = "10.0.2.60"
INIT = """#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t devtmpfs dev /dev
for module in {modules}; do insmod /$module; done
until ip addr add {address}/24 dev eth0 2>/dev/null; do usleep 100000; done
ip link set eth0 up
echo listening
exec httpd -f -p 8080 -h /files
"""


def build_floor():
    """A PVH guest of some hundred instructions, which prints one line."""
    stem = os.path.join(BUILD, "xen-floor")
    os.makedirs(BUILD, exist_ok=True)
    run("gcc", "-m32", "-Os", "-ffreestanding", "-fno-pic", "-fno-stack-protector", "-fno-asynchronous-unwind-tables",
        "-mgeneral-regs-only", "-c", f"{SOURCE}/xen_floor.c", "-o", f"{stem}.o")
    run("ld", "-m", "elf_i386", "-T", f"{ROOT}/tools/bench/floor.ld", f"{stem}.o", "-o", f"{stem}.elf")
    return f"{stem}.elf"


def linux_domain(files):
    """Debian's cloud kernel and an initial file system whose busybox serves `files`."""
    archive = Archive()
    archive.file("bin/busybox", os.path.join(unpacked("busybox-static"), "bin/busybox"))
    order = Modules(linux.kernel_tree()).ordered(["xen-netfront"])
    for path in order:
        archive.file(os.path.basename(path), path)
    for path in glob.glob(f"{glob.escape(files)}/*"):
        archive.file(f"files/{os.path.basename(path)}", path)
    archive.directory("dev")
    archive.data("init", INIT.format(modules=" ".join(map(os.path.basename, order)), address=ADDRESS).encode(), 0o755)
    output = os.path.join(BUILD, "xen-linux.cpio")
    archive.write(output)
    return output


def wrk():
    """The load generator with its libraries, for dom0: the way from outside would be the slowest part."""
    program = run("sh", "-c", "command -v wrk").strip()
    return {"usr/bin/wrk": program,
            **{f"{lab.LIBRARY_PLACE}/{name}": path for name, path in lab.needed_libraries([program]).items()}}


def write_config(host, name, **settings):
    lines = "".join(f"{key} = {value!r}\n".replace("'", '"') for key, value in settings.items())
    host.must(f"cat >/run/{name}.cfg <<'END'\nname = \"{name}\"\ntype = \"pvh\"\nvcpus = 1\n{lines}END\n")


def milliseconds_to_output(host, name):
    """From `xl create` to the first byte that xenconsoled has written for the domain."""
    file = f"/var/log/xen/console/guest-{name}.log"
    said = host.must(f"rm -f {file}; sync; read a b </proc/uptime; xl create /run/{name}.cfg >/dev/null 2>&1; "
                     f"until [ -s {file} ]; do :; done; read c d </proc/uptime; echo $a $c")
    start, end = map(float, said.split())
    host.wait_gone(name)
    return (end - start) * 1000


def boot_row(host, row, rounds):
    write_config(host, "floor", kernel="/floor.elf", memory=16)
    host.configure("hello", "hello", "-m", "16")
    found = {"floor": [], "hello": []}
    for number in range(rounds):
        for name, values in found.items():
            log(f"xen, boot: round {number + 1} of {rounds}, {name}")
            values.append(milliseconds_to_output(host, name))
    log("")
    floor, hello = (statistics.median(found[name]) for name in ("floor", "hello"))
    row("Xen, ms from xl create to first output, hello", f"{hello:,.0f}", f"floor {floor:,.0f}", f"{hello / floor:.2f}x")
    host.create("small", "hello", "-m", "4")
    status = host.wait_gone("small")
    row("Xen, hello with memory=4", "boots" if status and "Hello" in host.console("small") else "does not boot")


def serve(host, name):
    """Starts the server domain; True when it answers."""
    host.must(f"rm -f /var/log/xen/console/guest-{name}.log; "
              f"xl create /run/{name}.cfg >/dev/null")
    return host.wait_console(name, "listening", 120) and host.run(
        f"(i=0; until wget -q -O /dev/null http://{ADDRESS}:8080/small.txt; do i=$((i + 1)); [ $i -lt 50 ] || exit 1; "
        "usleep 200000; done) 2>&1")[0] == 0


def requests_per_second(host, seconds):
    said = host.must(f"wrk -t1 -c16 -d{seconds}s http://{ADDRESS}:8080/small.txt", seconds + 60)
    return float(re.search(r"Requests/sec:\s+([\d.]+)", said).group(1))


def download_rate(host, seconds):
    """Megabytes per second of a large file over one connection, by the client that costs dom0 least."""
    said = host.must(f"wrk -t1 -c1 -d{seconds}s --timeout 30s http://{ADDRESS}:8080/large.bin", seconds + 60)
    number, unit = re.search(r"Transfer/sec:\s+([\d.]+)([KM]?)B", said).groups()
    return float(number) * {"": 1, "K": 1 << 10, "M": 1 << 20}[unit] / 1e6


def network_rows(host, row, rounds, seconds):
    vif = ["bridge=xenbr0,mac=00:16:3e:00:00:01"]
    write_config(host, "linux", kernel="/linux", ramdisk="/linux.cpio", memory=256, vif=vif,
                 cmdline="console=hvc0 quiet rdinit=/init")
    host.configure("coracle", "site", "-m", "64", "--vif", vif[0], "--ip", f"{ADDRESS}/24", arguments=["8080"])
    found = {name: ([], []) for name in ("coracle", "linux")}
    # A new domain for each figure: after many requests Linux is busy for long with processes that have ended.
    measures = (("requests", requests_per_second), ("download", download_rate))
    for number in range(rounds):
        for index, (what, measure_one) in enumerate(measures):
            for name, values in found.items():
                log(f"xen, {what}: round {number + 1} of {rounds}, {name}")
                if not serve(host, name):
                    raise Broken(f"the domain {name} does not serve: {host.console(name)[-500:]}")
                values[index].append(measure_one(host, seconds))
                host.destroy(name)
                host.wait_gone(name)
    log("")
    for index, (what, unit) in enumerate((("HTTP requests/s, 16 kept alive", ""), ("TCP download", " MB/s"))):
        ours, theirs = (statistics.median(found[name][index]) for name in ("coracle", "linux"))
        row(f"Xen, {what}", f"{ours:,.1f}{unit}", f"Linux {theirs:,.1f}{unit}", f"{ours / theirs:.2f}x")


def measure(row, rounds, seconds):
    """Prints the rows. The Linux guest serves the same files, by busybox, which closes each connection."""
    directory, _ = make_site()
    kernel = glob.glob(os.path.join(linux.kernel_tree(), "boot/vmlinuz-*"))[0]
    files = {"floor.elf": build_floor(), "linux": kernel, "linux.cpio": linux_domain(directory), **wrk()}
    host = Host([application("hello"), application("site")], files=files, memory=512, machine_memory=1152)
    try:
        host.wait_up()
        boot_row(host, row, rounds)
        network_rows(host, row, min(3, rounds), seconds)
    finally:
        host.close()
