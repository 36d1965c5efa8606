"""X127: confirmations are counted, not replicas

Misconception: Three answers are three replicas.
Why it breaks: A message that arrives twice makes a majority of one.
Hint: You count the confirmations of a write. Which machines are they from, and how many of these may disappear?
Lesson: docs/lessons/02-cap-register.md#quorums-meet
Fails: cp_linearizable
May fail: cp_survives, cp_honest
"""

from cap_register_protocol import Failed, Unavailable, Unknown, Values, Written

from harness import Node, message


@message
class Alive:
    """tells {to} that it is alive"""


@message
class Ask:
    """asks {to} for its version, number {number}"""

    number: tuple


@message
class Have:
    """tells {to} its version {version}, number {number}"""

    number: tuple
    version: tuple


@message
class Put:
    """gives {to} the version {version}, number {number}"""

    number: tuple
    version: tuple


@message
class Got:
    """tells {to} it has the version, number {number}"""

    number: tuple


@message
class Versions:
    """tells {to} its versions"""

    versions: tuple


def covers(clock, other):
    return all(clock.get(name, 0) >= count for name, count in other.items())


class Replica(Node):
    def on_start(self):
        self.versions = [(dict(clock), values) for clock, values in self.disk.get("versions", [])]
        self.version = self.disk.get("version", (0, "", ()))
        self.life = self.disk.get("life", 0) + 1
        self.disk["life"] = self.life
        self.tasks = {}
        self.heard = {}
        self.count = 0
        if self.mode == "AP":
            self.gossip()
        else:
            self.beat()

    def needed(self):
        return (len(self.peers) + 1) // 2 + 1

    def beat(self):
        self.broadcast(Alive())
        self.after(50, self.beat)

    def on_alive(self, sender, alive):
        self.heard[sender] = self.clock.monotonic_ms()

    def cut_off(self):
        now = self.clock.monotonic_ms()
        return 1 + sum(now - at <= 200 for at in self.heard.values()) < self.needed()

    def on_read(self, sender, read):
        if self.mode == "AP":
            self.send(sender, Values(read.request, [value for _, values in self.versions for value in values]))
        elif self.cut_off():
            self.send(sender, Unavailable(read.request))
        else:
            self.begin(sender, read.request, None)

    def on_write(self, sender, write):
        self.put(sender, write.request, (write.value,))

    def on_delete(self, sender, delete):
        self.put(sender, delete.request, ())

    def put(self, client, request, values):
        if self.mode == "AP":
            clock = {}
            for other, _ in self.versions:
                for name, count in other.items():
                    clock[name] = max(count, clock.get(name, 0))
            clock[self.id] = clock.get(self.id, 0) + 1
            self.versions = [(clock, values)]
            self.disk["versions"] = self.versions
            self.send(client, Written(request))
        elif self.cut_off():
            self.send(client, Failed(request))
        else:
            self.begin(client, request, values)

    def gossip(self):
        self.broadcast(Versions(self.versions))
        self.after(self.sync_ms, self.gossip)

    def on_versions(self, sender, message):
        for clock, values in message.versions:
            if not any(covers(mine, clock) for mine, _ in self.versions):
                self.versions = [one for one in self.versions if not covers(clock, one[0])] + [(dict(clock), values)]
        self.disk["versions"] = self.versions

    def begin(self, client, request, values):
        self.count += 1
        number = (self.life, self.count)
        self.tasks[number] = {"client": client, "request": request, "values": values, "have": {}, "got": [], "version": None}
        self.broadcast(Ask(number))
        self.after(self.deadline_ms * 9 // 10, self.end, number)

    def on_ask(self, sender, ask):
        self.send(sender, Have(ask.number, self.version))

    def on_have(self, sender, have):
        task = self.tasks.get(have.number)
        if task is None or task["version"] is not None:
            return
        task["have"][sender] = have.version
        if len(task["have"]) + 1 >= self.needed():
            newest = max([*task["have"].values(), self.version], key=lambda version: version[:2])
            task["version"] = newest if task["values"] is None else (newest[0] + 1, self.id, task["values"])
            self.take(task["version"])
            self.broadcast(Put(have.number, task["version"]))

    def take(self, version):
        if version[:2] > self.version[:2]:
            self.version = version
            self.disk["version"] = version

    def on_put(self, sender, put):
        self.take(put.version)
        self.send(sender, Got(put.number))

    def on_got(self, sender, got):
        task = self.tasks.get(got.number)
        if task is None:
            return
        if True:
            task["got"].append(sender)
        if len(task["got"]) + 1 >= self.needed():
            del self.tasks[got.number]
            done = Values(task["request"], task["version"][2]) if task["values"] is None else Written(task["request"])
            self.send(task["client"], done)

    def end(self, number):
        task = self.tasks.pop(number, None)
        if task is None:
            return
        if task["values"] is None:
            self.send(task["client"], Unavailable(task["request"]))
        elif task["version"] is None:
            self.send(task["client"], Failed(task["request"]))
        else:
            self.send(task["client"], Unknown(task["request"]))
