"""Instance data in a domain: a NoCloud disk behind blkfront, and no harm from looking for QEMU's fw_cfg."""
import base64
import gzip
import os
import re
import subprocess
import tempfile

from tests_disk import attach

NODE = "nvme0n3"
USER = "#cloud-config\nhostname: seeded\ncoracle: {environment: {GREETING: from a disk}, arguments: [one]}\n"


def nocloud_disk():
    """The bytes of a small FAT file system."""
    with tempfile.TemporaryDirectory() as directory:
        disk, user = os.path.join(directory, "disk"), os.path.join(directory, "user-data")
        with open(user, "w", encoding="utf-8") as file:
            file.write(USER)
        with open(disk, "wb") as file:
            file.truncate(256 << 10)
        subprocess.run(["mkfs.vfat", "-n", "CIDATA", disk], check=True, capture_output=True)
        subprocess.run(["mcopy", "-i", disk, user, "::"], check=True)
        with open(disk, "rb") as file:
            return file.read()


def nocloud(report, host):
    packed = base64.b64encode(gzip.compress(nocloud_disk())).decode()
    host.must("rm -f /tmp/disk")
    for start in range(0, len(packed), 512):
        host.must(f"printf %s {packed[start:start + 512]} >>/tmp/disk")
    host.must(f"base64 -d /tmp/disk | gunzip | dd of=/dev/{NODE} bs=64k conv=fsync")
    host.create("seeded", "instance", "-m", "64", *attach(host, "seeded", NODE, ",ro"))
    ended, said = host.wait_gone("seeded", 60), host.console("seeded")
    report.check("a domain reads a NoCloud disk", ended and all(
        re.search(f"^{line}\r?$", said, re.MULTILINE) for line in
        ("host seeded", "argument 1: one", "environment GREETING=from a disk", f"user data {len(USER)} bytes, #cloud-config")),
        said + host.xl_log("seeded"))
    host.must(f"dd if=/dev/zero of=/dev/{NODE} bs=64k count=4 conv=fsync")
    host.create("unseeded", "instance", "-m", "64", *attach(host, "unseeded", NODE, ",ro"))
    ended, said = host.wait_gone("unseeded", 60), host.console("unseeded")
    report.check("a domain without instance data starts without a word of it",
                 ended and re.search("^host coracle\r?$", said, re.MULTILINE) and "[instance]" not in said and
                 "[fw_cfg]" not in said, said + host.xl_log("unseeded"))
