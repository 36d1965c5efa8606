"""A commit of a git repository as a submission: fetched by its id, nothing checked out, files taken out with `git cat-file`.

What a repository brings along stays asleep: hooks, filters, attributes, submodules, its own configuration, and its history.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from harness.errors import Misuse
from harness.grading.submissions import BadFile

SECONDS = 120
MAX_PACK_BYTES = 200_000_000
SWITCHED_OFF = ("core.hooksPath=/dev/null", "core.fsmonitor=false", "core.symlinks=false", "gc.auto=0", "fetch.recurseSubmodules=false")


class Commit:
    """One commit. Use as a context manager: a bare repository in a temporary folder holds what was fetched.

    Args:
        repository: URL, or path of a local repository.
        commit: its id; of a local repository an abbreviated one will do.

    Raises:
        Misuse: it cannot be had.
    """

    def __init__(self, repository: str, commit: str) -> None:
        if shutil.which("git") is None:
            raise Misuse("git is not installed here; give a folder or an archive instead")
        self.store = Path(tempfile.mkdtemp(prefix="course-commit-"))
        try:
            self.commit = self._fetch(repository, commit)
        except BaseException:
            self.close()
            raise
        self.notes = (f"commit {self.commit}",)

    def __enter__(self) -> Commit:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Remove the temporary folder."""
        shutil.rmtree(self.store, ignore_errors=True)

    def _fetch(self, repository: str, commit: str) -> str:
        local = Path(repository).is_dir()
        if repository.startswith("-") or "::" in repository:
            raise Misuse(f"{repository!r} is no URL of a repository")
        (self.store / "config").write_text("[safe]\n\tdirectory = *\n", encoding="utf-8")
        self._git("init", "--quiet", "--bare", str(self.store / "repository"))
        if local:
            repository = str(Path(repository).resolve())
            commit = self._text("--git-dir", _git_folder(repository), "rev-parse", "--verify", "--quiet", commit + "^{commit}")
        elif len(commit) < 40:
            raise Misuse(f"{commit} is an abbreviated commit; a server needs all of its 40 digits")
        try:
            self._git(*self._here(), "fetch", "--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules", "--", repository, commit)
            return self._text(*self._here(), "rev-parse", "--verify", "--quiet", commit + "^{commit}")
        except Misuse as error:
            raise Misuse(f"commit {commit[:12]} cannot be fetched from {repository}; is it pushed, and may you read it?") from error

    def _here(self) -> tuple[str, str]:
        return ("--git-dir", str(self.store / "repository"))

    def read(self, path: str, limit: int) -> bytes | None:
        """Read a file; see `Tree`."""
        name = path.rpartition("/")[2]
        listed = self._git(*self._here(), "ls-tree", "-z", "--full-tree", self.commit, "--", path)
        if not listed:
            return None
        mode, kind, blob = listed.split(b"\t")[0].decode().split()
        if kind != "blob" or mode not in ("100644", "100755"):
            raise BadFile(f"{name} is not a regular file")
        if int(self._git(*self._here(), "cat-file", "-s", blob)) > limit:
            return b" " * (limit + 1)  # too large, whatever it says
        return self._git(*self._here(), "cat-file", "blob", blob)

    def has_folder(self, path: str) -> bool:
        """True if there is a folder; see `Tree`."""
        listed = self._git(*self._here(), "ls-tree", "-z", "--full-tree", self.commit, "--", path)
        return listed.split(b" ")[1:2] == [b"tree"]

    def folders(self, path: str) -> list[str]:
        """Return the names of the folders in one; see `Tree`."""
        listed = self._git(*self._here(), "ls-tree", "-z", "-d", "--name-only", "--full-tree", f"{self.commit}:{path}")
        return listed.decode("utf-8", "replace").split("\0")[:-1]

    def _text(self, *arguments: str) -> str:
        return self._git(*arguments).decode().strip()

    def _git(self, *arguments: str) -> bytes:
        settings = [part for setting in SWITCHED_OFF for part in ("-c", setting)]
        environment = {name: os.environ[name] for name in ("PATH", "HOME", "SSH_AUTH_SOCK", "SSL_CERT_FILE") if name in os.environ}
        environment |= {
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": str(self.store / "config"),
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ALLOW_PROTOCOL": "file:git:https:ssh",
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_OPTIONAL_LOCKS": "0",
            "LC_ALL": "C",
        }
        try:
            done = subprocess.run(
                ["git", *settings, *arguments],
                env=environment,
                cwd=self.store,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=SECONDS,
                check=True,
                preexec_fn=_limited(),
            )
        except (subprocess.SubprocessError, OSError) as error:
            raise Misuse(f"git {arguments[0] if arguments[0][0] != '-' else arguments[2]} failed; is that a repository?") from error
        return done.stdout


def _git_folder(repository: str) -> str:
    inner = Path(repository) / ".git"
    return str(inner if inner.is_dir() and not inner.is_symlink() else repository)


def _limited() -> Callable[[], None] | None:
    """Return what keeps a child from writing files without end."""
    if sys.platform == "win32":
        return None
    import resource

    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_PACK_BYTES, MAX_PACK_BYTES))
