"""Locks a process in, for good, before the first byte of a student's code is compiled.

Layers, each on its own enough against most tricks: another user (if root), no new privileges, resource limits, Landlock
(nothing can be written, only the standard library read), and seccomp with a short list of allowed system calls (no sockets, no
processes, no signals, no locks). Linux on x86_64 and aarch64; about a hundred lines of ctypes, because no library on the
registry is kept well enough.

    landlock(7), seccomp(2), prctl(2); Drewry 2012 (seccomp-bpf), Salaün 2021 (Landlock)
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import resource
import signal
import struct
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

MEMORY_BYTES = 1 << 28
"""Of addresses; a worker takes 45 MB of them. What it can fill must be filled before a handler's time is over, on a busy machine too."""
OPEN_FILES = 32
NOBODY = 65534
PARENT_DEATH_SIGNAL, CHILD_SUBREAPER = 1, 36

# system calls a node may make: number on x86_64, number on aarch64 (None: does not exist there)
ALLOWED: dict[str, tuple[int | None, int | None]] = {
    "read": (0, 63), "write": (1, 64), "futex": (202, 98), "mmap": (9, 222), "munmap": (11, 215),
    "brk": (12, 214), "mprotect": (10, 226), "mremap": (25, 216), "madvise": (28, 233),
    "close": (3, 57), "fstat": (5, 80), "stat": (4, None), "lstat": (6, None), "newfstatat": (262, 79), "statx": (332, 291),
    "open": (2, None), "openat": (257, 56), "lseek": (8, 62), "pread64": (17, 67), "readv": (19, 65), "getdents64": (217, 61),
    "access": (21, None), "faccessat": (269, 48), "faccessat2": (439, 439), "readlink": (89, None), "readlinkat": (267, 78),
    "getcwd": (79, 17), "dup": (32, 23),
    "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139), "sigaltstack": (131, 132),
    "getpid": (39, 172), "gettid": (186, 178), "getppid": (110, 173), "getuid": (102, 174), "geteuid": (107, 175),
    "getgid": (104, 176), "getegid": (108, 177), "uname": (63, 160), "getrusage": (98, 165), "times": (100, 153),
    "time": (201, None), "gettimeofday": (96, 169), "sched_yield": (24, 124), "getrandom": (318, 278),
    "restart_syscall": (219, 128), "exit": (60, 93), "exit_group": (231, 94),
}  # fmt: skip
# allowed only with these first or second arguments: terminal questions and close-on-exec, no file locks, which can be seen elsewhere;
# clocks of the machine and of this process, and its own processors: those of other processes tell what other nodes do
FIRST_ARGUMENT, SECOND_ARGUMENT = 16, 24  # offsets in struct seccomp_data
ARGUMENTS = {
    (16, 29): (SECOND_ARGUMENT, (0x5401, 0x5450, 0x5451)),  # ioctl
    (72, 25): (SECOND_ARGUMENT, (1, 2, 3)),  # fcntl
    (228, 113): (FIRST_ARGUMENT, range(12)),  # clock_gettime
    (229, 114): (FIRST_ARGUMENT, range(12)),  # clock_getres
    (204, 123): (FIRST_ARGUMENT, (0,)),  # sched_getaffinity
}
ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}

_libc = ctypes.CDLL(None, use_errno=True)


class LockdownError(OSError):
    """A layer could not be put in place; the text says which."""


@dataclass(frozen=True)
class Layers:
    """What this machine can do, prepared once and applied in every worker.

    Args:
        ruleset: file descriptor of the Landlock rules, or None.
        filter: the seccomp program, or None.
        missing: names of the layers that are not there, for the report.
    """

    ruleset: int | None
    filter: bytes | None
    missing: tuple[str, ...]

    @property
    def level(self) -> int:
        """Isolation: 3 is everything, 2 lacks one of Landlock and seccomp, 1 is a process with limits only."""
        return 1 + (self.ruleset is not None) + (self.filter is not None)


def prepare(without: Sequence[str] = ()) -> Layers:
    """Build the Landlock rules and the seccomp program as far as this machine allows. Nothing is locked yet.

    Args:
        without: names of layers to do without, as if this machine lacked them (for tests; it can only lower the level).
    """
    missing = []
    ruleset = program = None
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            ruleset = landlock_rules(readable_paths()) if "Landlock" not in without else None
        if ruleset is None:
            missing.append("Landlock")
        program = seccomp_program(platform.machine()) if "seccomp" not in without else None
        if program is None or not _seccomp_works():
            program = None
            missing.append("seccomp")
    else:
        missing = ["Landlock", "seccomp"]
    return Layers(ruleset, program, tuple(missing))


def hide_processes() -> None:
    """Mount a /proc in which a process sees itself only: of each that it sees it can learn how many files that one has open.

    Where this is not allowed (it takes the rights of root), everything stays as it is.
    """
    new_mounts, private, recursive = 0x20000, 1 << 18, 1 << 14
    if sys.platform == "linux" and os.getuid() == 0 and _libc.unshare(new_mounts) == 0:
        if _libc.mount(None, b"/", None, ctypes.c_ulong(private | recursive), None) == 0:
            _libc.mount(b"proc", b"/proc", b"proc", ctypes.c_ulong(0), b"hidepid=invisible")


def lock(layers: Layers, cpu_seconds: int, memory_bytes: int = MEMORY_BYTES) -> None:
    """Lock this process in. There is no way back.

    Raises:
        LockdownError: a layer that was prepared could not be applied; nothing may run then.
    """
    if os.getuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    if sys.platform == "linux":
        prctl(PARENT_DEATH_SIGNAL, signal.SIGKILL)
        prctl(38, 1)  # PR_SET_NO_NEW_PRIVS
        prctl(4, 0)  # PR_SET_DUMPABLE
    for limit, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_AS, memory_bytes),
    ):
        resource.setrlimit(limit, (value, value))
    if layers.ruleset is not None:
        _syscall(446, ctypes.c_int(layers.ruleset), ctypes.c_uint32(0), what="landlock_restrict_self")
        os.close(layers.ruleset)
    if layers.filter is not None:
        _install(layers.filter)


# --- Landlock ---

READ_FILE, READ_DIR = 1 << 2, 1 << 3


def readable_paths() -> Iterator[tuple[Path, int]]:
    """Yield what a worker may read, and how: the standard library without installed packages, and the shared libraries."""
    for name in ("stdlib", "platstdlib"):
        yield Path(sysconfig.get_path(name)), READ_DIR  # to find a module, Python lists its folder
        for path in Path(sysconfig.get_path(name)).iterdir():
            if path.name not in ("site-packages", "dist-packages"):
                yield path, READ_FILE | READ_DIR
    for folder in ("/usr/share/zoneinfo", "/lib64", "/usr/lib64", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu"):
        if Path(folder).is_dir():
            yield Path(folder), READ_FILE | READ_DIR


def landlock_rules(paths: Iterator[tuple[Path, int]]) -> int:
    """Return the file descriptor of a ruleset: nothing may be written, only `paths` read, no network, no signals outside.

    Raises:
        LockdownError: this kernel has no Landlock.
    """
    version = _syscall(444, None, ctypes.c_size_t(0), ctypes.c_uint32(1), what="landlock_create_ruleset")
    files = (1 << 13) - 1 | sum(1 << bit for since, bit in ((2, 13), (3, 14), (5, 15)) if version >= since)
    sizes = {1: 8, 2: 8, 3: 8, 4: 16, 5: 16}
    attributes = struct.pack("=QQQ", files, 3 if version >= 4 else 0, 3 if version >= 6 else 0)[: sizes.get(version, 24)]
    rules = _syscall(444, attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint32(0), what="landlock_create_ruleset")
    for path, access in paths:
        try:
            opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue
        access &= READ_FILE | READ_DIR if path.is_dir() else READ_FILE
        _syscall(
            445, ctypes.c_int(rules), ctypes.c_int(1), struct.pack("=Qi", access, opened), ctypes.c_uint32(0), what="landlock_add_rule"
        )
        os.close(opened)
    return rules


# --- seccomp ---

LOAD, EQUAL, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
ALLOW, DENY, KILL = 0x7FFF0000, 0x00050001, 0x80000000  # DENY answers EPERM
NUMBER, ARCHITECTURE = 0, 4  # offsets in struct seccomp_data


def seccomp_program(machine: str) -> bytes | None:
    """Return the filter for a machine (`x86_64`, `aarch64`), or None for another."""
    if machine not in ARCHITECTURES:
        return None
    column, architecture = ARCHITECTURES[machine]
    code = [(LOAD, 0, 0, ARCHITECTURE), (EQUAL, 1, 0, architecture), (RETURN, 0, 0, KILL), (LOAD, 0, 0, NUMBER)]
    if machine == "x86_64":
        code += [(AT_LEAST, 0, 1, 0x40000000), (RETURN, 0, 0, KILL)]  # the x32 calls have other numbers
    for numbers in ALLOWED.values():
        if (number := numbers[column]) is not None:
            code += [(EQUAL, 0, 1, number), (RETURN, 0, 0, ALLOW)]
    for numbers_of, (argument, values) in ARGUMENTS.items():
        body = [(LOAD, 0, 0, argument)]
        for value in values:
            body += [(EQUAL, 0, 1, value), (RETURN, 0, 0, ALLOW)]
        body.append((RETURN, 0, 0, DENY))
        code += [(EQUAL, 0, len(body), numbers_of[column]), *body]
    code.append((RETURN, 0, 0, DENY))
    return b"".join(struct.pack("=HBBI", *line) for line in code)


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_void_p)]


def _install(code: bytes) -> None:
    buffer = ctypes.create_string_buffer(code, len(code))
    program = _Program(len(code) // 8, ctypes.addressof(buffer))
    if _libc.prctl(22, 2, ctypes.byref(program), 0, 0) < 0:
        raise _error("seccomp")


def _seccomp_works() -> bool:
    """True if the kernel knows seccomp filters: asked with a null program, it complains about the address, not the request."""
    return _libc.prctl(22, 2, None, 0, 0) < 0 and ctypes.get_errno() == 14


# --- calls ---


def prctl(option: int, value: int) -> None:
    """Set an attribute of this process, see prctl(2)."""
    if _libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0) < 0:
        raise _error(f"prctl {option}")


def _syscall(number: int, *arguments: object, what: str) -> int:
    result = int(_libc.syscall(ctypes.c_long(number), *arguments))
    if result < 0:
        raise _error(what)
    return result


def _error(what: str) -> LockdownError:
    code = ctypes.get_errno()
    return LockdownError(code, f"{what}: {os.strerror(code)}")
