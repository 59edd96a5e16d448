"""Programs and kernels of Debian packages, unpacked under build/debian and not installed; initial RAM file systems.

Packages come through apt with the system's own lists, so signatures are checked. Downloads are kept in
$CORACLE_DOWNLOADS (build/downloads when not set); a package that is there is not fetched again.
"""
import glob
import gzip
import lzma
import os
import re
import shutil
import stat
import struct
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PLACE = os.path.join(ROOT, "build/debian")
DOWNLOADS = os.environ.get("CORACLE_DOWNLOADS") or os.path.join(ROOT, "build/downloads")


class Missing(RuntimeError):
    """Something that this machine lacks; says what to do."""


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    if done.returncode != 0:
        raise Missing(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def downloaded(package):
    """The path of the package's file, downloaded when it is not there."""
    def found():
        return sorted(glob.glob(os.path.join(glob.escape(DOWNLOADS), f"{package}_*.deb")), key=os.path.getmtime)

    if not found():
        if sys.stderr.isatty():
            print(f"\r\033[Kdownloading {package}", end="", file=sys.stderr, flush=True)
        os.makedirs(DOWNLOADS, exist_ok=True)
        try:
            run("apt-get", "download", "-q", package, cwd=DOWNLOADS)
        except Missing as error:
            raise Missing(f"package {package} cannot be downloaded; is the network up, and apt-get update done? "
                          f"({error})") from error
    return found()[-1]


def unpacked(package):
    """The directory that holds the package's files."""
    tree = os.path.join(PLACE, package)
    if not os.path.isdir(tree):
        file, partial = downloaded(package), f"{tree}.{os.getpid()}"
        os.makedirs(PLACE, exist_ok=True)
        run("dpkg-deb", "-x", file, partial)
        try:
            os.rename(partial, tree)
        except OSError:  # another run was quicker
            shutil.rmtree(partial)
    return tree


def versioned(package, pattern):
    """The package that `package` stands for: one unpacked already whose name matches `pattern`, else its dependency."""
    here = [name for name in os.listdir(PLACE) if re.fullmatch(pattern, name)] if os.path.isdir(PLACE) else []
    if here:
        return max(here)
    found = re.search(rf"Depends: ({pattern})\s", run("apt-cache", "depends", package))
    if not found:
        raise Missing(f"apt-cache knows no {package}; run apt-get update")
    return found.group(1)


def extract_vmlinux(image, output):
    """The ELF inside a bzImage: setup header fields payload_offset and payload_length (Linux boot protocol 2.08)."""
    with open(image, "rb") as file:
        data = file.read()
    sectors = data[0x1f1] or 4
    offset, length = struct.unpack_from("<II", data, 0x248)
    payload = data[(sectors + 1) * 512 + offset:][:length]
    if payload.startswith(b"\xfd7zXZ"):
        elf = lzma.LZMADecompressor().decompress(payload)
    elif payload.startswith(b"\x1f\x8b"):
        elf = gzip.decompress(payload[:-4])
    else:
        tool = {b"\x02\x21\x4c\x18": "lz4", b"\x28\xb5\x2f\xfd": "zstd"}.get(payload[:4])
        if tool is None or shutil.which(tool) is None:
            raise Missing(f"cannot unpack {image}: " + (f"apt-get install {tool}" if tool else "unknown format"))
        elf = subprocess.run([tool, "-dc"], input=payload[:-4], capture_output=True, check=True).stdout
    with open(output, "wb") as file:
        file.write(elf)


class Modules:
    """A kernel package's modules."""

    def __init__(self, tree):
        self.files = {os.path.basename(path)[:-3].replace("-", "_"): path
                      for path in glob.glob(f"{glob.escape(tree)}/lib/modules/*/kernel/**/*.ko", recursive=True)}

    def ordered(self, names):
        """The files of these modules and of those that they need, each after what it needs."""
        order = []

        def add(name):
            path = self.files.get(name.replace("-", "_"))
            if path is None:
                raise Missing(f"the kernel has no module {name}")
            if path in order:
                return
            with open(path, "rb") as file:
                needs = re.search(rb"\0depends=([^\0]*)\0", file.read())
            for needed in filter(None, needs.group(1).decode().split(",") if needs else []):
                add(needed)
            order.append(path)

        for name in names:
            add(name)
        return order


class Archive:
    """A cpio archive in the format "newc", as Linux takes it for its first file system. Needs no root."""

    def __init__(self):
        self.entries = {}

    def _add(self, name, mode, data=b"", device=(0, 0)):
        parent = os.path.dirname(name)
        if parent and parent not in self.entries:
            self.directory(parent)
        self.entries[name] = (mode, data, device)

    def directory(self, name):
        self._add(name.strip("/"), stat.S_IFDIR | 0o755)

    def data(self, name, data, mode=0o644):
        self._add(name.strip("/"), stat.S_IFREG | mode, data)

    def file(self, name, path):
        with open(path, "rb") as file:
            self.data(name, file.read(), stat.S_IMODE(os.stat(path).st_mode))

    def link(self, name, target):
        self._add(name.strip("/"), stat.S_IFLNK | 0o777, target.encode())

    def node(self, name, kind, major, minor):
        self._add(name.strip("/"), kind | 0o600, device=(major, minor))

    def has(self, name):
        return name.strip("/") in self.entries

    def write(self, output):
        os.makedirs(os.path.dirname(os.path.abspath(output)), exist_ok=True)
        with open(output, "wb") as file:
            for number, (name, (mode, data, device)) in enumerate(self.entries.items(), 1):
                self._write_entry(file, number, name, mode, data, device)
            self._write_entry(file, 0, "TRAILER!!!", 0, b"", (0, 0))

    @staticmethod
    def _write_entry(file, number, name, mode, data, device):
        fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(name.encode()) + 1, 0)
        head = b"070701" + "".join(f"{field:08x}" for field in fields).encode() + name.encode() + b"\0"
        file.write(head + b"\0" * (-len(head) % 4) + data + b"\0" * (-len(data) % 4))
