"""C04: reads every file that it can.

Exercise: 00
Base: solutions/00_ping/ping.py
Verdicts: pass
"""

import os
import sysconfig

ours = (sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"), "/usr/lib", "/usr/share/zoneinfo", "/lib", "/usr/lib64")
for top in ("/", "/root", "/home", "/work", "/etc", "/tmp", "/proc/self", "/var", "/opt", os.getcwd()):
    try:
        names = os.listdir(top)
    except OSError:
        continue
    if not top.startswith(ours):
        raise SystemError(f"can list {top}: {names[:5]}")
for path in ("/etc/passwd", "/proc/self/maps", "/proc/self/mem", "/proc/self/cmdline", "/proc/1/environ", "/proc/self/environ"):
    try:
        open(path, "rb").read(10)
    except OSError:
        continue
    raise SystemError(f"can read {path}")
