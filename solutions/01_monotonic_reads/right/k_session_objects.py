"""An object for each session and one for each request, and a list of copies that turns."""

from collections import defaultdict
from dataclasses import dataclass, field

from monotonic_reads_protocol import (
    Exported,
    Fetch,
    Imported,
    Read,
    Store,
    Unavailable,
    Unknown,
    Value,
    Written,
)

from harness import Node


@dataclass
class Session:
    versions: dict = field(default_factory=dict)

    def allows(self, key, version):
        return self.versions.get(key, 0) <= version

    def note(self, key, version):
        self.versions[key] = max(self.versions.get(key, 0), version)


@dataclass
class Pending:
    user: str
    request: object
    deadline: object = None
    retry: object = None
    tried: int = 0


class FrontEnd(Node):
    primary: str
    replicas: tuple[str, ...]
    retry_ms: int

    def on_start(self):
        self.sessions = defaultdict(Session)
        self.pending = {}
        self.serial = 0

    def open_request(self, user, request):
        self.serial += 1
        entry = Pending(user, request)
        entry.deadline = self.after(request.within_ms, self.on_deadline, self.serial)
        self.pending[self.serial] = entry
        return self.serial, entry

    def close_request(self, serial):
        entry = self.pending.pop(serial)
        self.cancel(entry.deadline)
        self.cancel(entry.retry)
        return entry

    def on_deadline(self, serial):
        entry = self.close_request(serial)
        self.send(entry.user, (Unavailable if isinstance(entry.request, Read) else Unknown)(entry.request.number))

    def on_write(self, sender, message):
        serial, _ = self.open_request(sender, message)
        self.send(self.primary, Store({"serial": serial}, message.key, message.value))

    def on_stored(self, sender, message):
        serial = message.ticket["serial"]
        if serial in self.pending:
            entry = self.close_request(serial)
            self.sessions[entry.user].note(message.key, message.version)
            self.send(entry.user, Written(entry.request.number))

    def on_read(self, sender, message):
        serial, _ = self.open_request(sender, message)
        self.try_next(serial)

    def try_next(self, serial):
        if serial in self.pending:
            entry = self.pending[serial]
            copies = [self.primary, *self.replicas]
            self.send(copies[entry.tried % len(copies)], Fetch({"serial": serial}, entry.request.key))
            entry.tried += 1
            entry.retry = self.after(self.retry_ms, self.try_next, serial)

    def on_found(self, sender, message):
        serial = message.ticket["serial"]
        if serial not in self.pending:
            return
        session = self.sessions[self.pending[serial].user]
        if session.allows(message.key, message.version):
            entry = self.close_request(serial)
            session.note(message.key, message.version)
            self.send(entry.user, Value(entry.request.number, message.key, message.value))

    def on_export(self, sender, message):
        self.send(sender, Exported(message.number, self.sessions[sender].versions))

    def on_import(self, sender, message):
        for key, version in dict(message.token).items():
            self.sessions[sender].note(key, version)
        self.send(sender, Imported(message.number))
