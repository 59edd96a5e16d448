"""blkfront: the checks that virtio-blk passes (tests/guest/disk), and what was written read back in dom0."""
import array
import hashlib
import os
import re
import sys

import lab
from host import disk

MIB = 1 << 20
LARGE, ODD, FAULTY, FAULT = 1025 * MIB, 32 * MIB, 32 * MIB, MIB
# /dev/nvme0n1 and on
DISKS = [disk(LARGE), disk(ODD, 4096), disk(FAULTY, faults=[FAULT // 512])]
FACTOR = 0x9E3779B97F4A7C15  # of apps/blkbench/pattern.c


def pattern_hash(size, seed=1):
    """Of the bytes that blkbench writes from offset 0: the 64-bit word at offset o is (o + seed) * FACTOR."""
    digest = hashlib.sha256()
    for start in range(0, size, MIB):
        words = array.array("Q", ((offset + seed) * FACTOR & 0xFFFFFFFFFFFFFFFF
                                  for offset in range(start, start + MIB, 8)))
        if sys.byteorder == "big":
            words.byteswap()
        digest.update(words.tobytes())
    return digest.hexdigest()


def attach(host, name, node, read_only=""):
    """The option for a disk of dom0's: `coracle xl` looks at a file here that has the name of a link there."""
    path = os.path.join(lab.PLACE, f"stage/{name}.img")
    with open(path, "wb"):
        pass
    host.must(f"mkdir -p {os.path.dirname(path)}; ln -sf /dev/{node} {path}")
    return ["--disk", path + read_only]


def checks(report, host, name, node, what, *arguments, read_only="", memory="256"):
    host.create(name, "disk", "-m", memory, *attach(host, name, node, read_only),
                arguments=["/dev/xvda", *arguments])
    ended, said = host.wait_gone(name, 120), host.console(name)
    report.check(what, ended and re.search("^all checks passed$", said, re.MULTILINE) and
                 not re.search("FAILED|disabled", said), said + host.xl_log(name))


def edges(report, host):
    checks(report, host, "disk", "nvme0n1", "sizes, edges, errors and discard, 512-byte sectors", "big")
    checks(report, host, "disk4096", "nvme0n2", "the same with sectors of 4096 bytes", memory="64")
    checks(report, host, "diskro", "nvme0n3", "a read-only disk", "ro", read_only=",ro", memory="64")
    checks(report, host, "faulty", "nvme0n3", "a request that the disk fails is EIO, and the next one works",
           f"fail={FAULT}", memory="64")


def write_and_verify(host, name, size):
    """Whether blkbench finds what it wrote, and what it said."""
    host.create(name, "blkbench", "-m", "64", *attach(host, name, "nvme0n1"),
                arguments=["/dev/xvda", "--write", "--verify", "--size", f"{size}M", "--block", "1M", "--depth", "4"])
    ended, said = host.wait_gone(name, 180), host.console(name)
    return ended and re.search(rf"^sequential read and verify, .*: {size}\.0 MiB", said, re.MULTILINE), said


def pattern(report, host):
    size = 16
    good, said = write_and_verify(host, "pattern", size)
    report.check("blkbench finds the pattern that it wrote", good, said)
    seen = host.must(f"dd if=/dev/nvme0n1 bs=1M count={size} 2>/dev/null | sha256sum", 60).split()[0]
    report.check("dom0 reads the same on the disk itself", seen == pattern_hash(size * MIB), seen)


# Linux's backend closes when it is told to, and is there again while the toolstack wants the disk.
CYCLES = """
b=/local/domain/0/backend/vbd/{0}/51712 f=/local/domain/{0}/device/vbd/51712
states() {{ echo $(xenstore-read $f/state 2>/dev/null)$(xenstore-read $b/state 2>/dev/null); }}
for i in 1 2 3; do
  [ "$(states)" = 44 ] && xenstore-write $b/state 5
  for n in $(seq 50); do s=$(states); [ "$s" = 44 ] || [ -z "$s" ] && break; usleep 50000; done
done
"""


def reconnect(report, host):
    """
    The backend goes away and comes back while blkbench writes and verifies. Linux's answers what is on the ring before
    it lets go, so that it is mostly new requests that meet no backend; tests/unit/xen_blk_away.c has the others.
    """
    host.create("again", "blkbench", "-m", "64", *attach(host, "again", "nvme0n1"), "--append", "coracle.verbose=1",
                arguments=["/dev/xvda", "--write", "--verify", "--size", "16M", "--block", "256k", "--depth", "32",
                           "--seconds", "4"])
    host.wait_console("again", "xvda: ")
    number = host.number("again")
    host.run(CYCLES.format(number), 200)
    ended, said = host.wait_gone("again", 120), host.console("again")
    back = [int(count) for count in re.findall(r"xvda: its backend came back; (\d+) requests are made again", said)]
    report.check("a disk's backend that goes and comes back is not noticed: no error, and all data is right", ended and
                 len(back) != 0 and re.search("^sequential read and verify, ", said, re.MULTILINE) and
                 not re.search("error|FAILED|wrong|disabled", said), said + host.xl_log("again"))
    report.note(f"requests that were made again: {back}")


def gibibyte(report, host):
    good, said = write_and_verify(host, "gibibyte", 1024)
    report.check("blkbench writes 1 GiB and finds it as it was written", good, said)
    for line in said.splitlines():
        report.note(line)
