"""Viewstamped replication with twice the patience: after a crash it takes seconds until everybody has tried who is next.

Liskov & Cowling, "Viewstamped Replication Revisited", 2012; with the view and the log on disk.
"""

from bank_protocol import Audit, Balance, BalanceOf, Books, Deposit, Done, NotLeader, Refused, Transfer

from harness import Node, message


@message
class Prepare:
    """sends {to} the log of view {view} from place {start} on; {committed} are committed"""

    view: int
    start: int
    entries: tuple[tuple[str, object], ...]
    committed: int


@message
class PrepareOk:
    """answers {to}: has {length} entries in view {view}"""

    view: int
    length: int


@message
class DoViewChange:
    """tells {to}, which is to lead view {view}: my log is that of view {log_view}"""

    view: int
    log_view: int
    log: tuple[tuple[str, object], ...]


@message
class NeedView:
    """tells everybody: let us go to view {view}"""

    view: int


class Machine:
    """The bank's books, apart from everything that moves messages."""

    def __init__(self) -> None:
        self.books: dict[str, int] = {}
        self.given: dict[tuple[str, str], tuple[object, object]] = {}

    def run(self, customer: str, request):
        if type(request) is Audit:
            return Books(request.key, self.books)
        if type(request) is BalanceOf:
            return Balance(request.key, request.account, self.books.get(request.account, 0))
        known = self.given.get((customer, request.key))
        if known is None:
            known = self.given[customer, request.key] = (request, self.decide(request))
        return known[1] if known[0] == request else Refused(request.key, "reused")

    def decide(self, request):
        if request.amount <= 0:
            return Refused(request.key, "amount")
        if type(request) is Transfer:
            if self.books.get(request.source, 0) < request.amount:
                return Refused(request.key, "funds")
            self.books[request.source] -= request.amount
        target = request.target if type(request) is Transfer else request.account
        self.books[target] = self.books.get(target, 0) + request.amount
        return Done(request.key)


class Bank(Node):
    def on_start(self) -> None:
        self.group = sorted([self.id, *self.peers])
        self.view = self.disk.get("view", 0)
        self.log_view, self.log = self.disk.get("log", (-1, ()))
        self.machine = Machine()
        self.executed = 0
        self.changes: dict[str, tuple[int, tuple]] = {}
        self.oks: dict[str, int] = {}
        self.active = False  # leading this view
        self.timer = self.after(self.patience(), self.suspect)
        if not self.peers:
            self.go_to(self.view)

    def patience(self) -> int:
        return 2 * self.election_ms[1] + 90 * self.group.index(self.id)

    def leader_of(self, view: int) -> str:
        return self.group[view % len(self.group)]

    def quorum(self) -> int:
        return len(self.group) // 2 + 1

    def wait(self) -> None:
        self.cancel(self.timer)
        self.timer = self.after(self.patience(), self.suspect)

    def suspect(self) -> None:
        """Nothing was heard from the leader of this view: try the next one."""
        if not self.active:
            self.broadcast(NeedView(self.view + 1))
            self.go_to(self.view + 1)

    def on_need_view(self, sender: str, need: NeedView) -> None:
        if need.view > self.view:
            self.go_to(need.view)

    def go_to(self, view: int) -> None:
        self.view, self.active = view, False
        self.disk["view"] = view
        self.changes = {}
        self.wait()
        change = DoViewChange(view, self.log_view, self.log)
        if self.leader_of(view) == self.id:
            self.on_do_view_change(self.id, change)
        else:
            self.send(self.leader_of(view), change)

    def on_do_view_change(self, sender: str, change: DoViewChange) -> None:
        if change.view > self.view and self.leader_of(change.view) == self.id:
            self.go_to(change.view)
        if change.view == self.view and not self.active and self.leader_of(self.view) == self.id:
            self.changes[sender] = (change.log_view, change.log)
            if len(self.changes) >= self.quorum():
                _, best = max(self.changes.values(), key=lambda item: (item[0], len(item[1])))
                self.keep(best)
                self.active = True
                self.oks = {}
                self.beat()

    def keep(self, log: tuple) -> None:
        self.log_view, self.log = self.view, log
        self.disk["log"] = (self.view, log)

    def beat(self) -> None:
        if self.active:
            self.cancel(self.timer)
            self.timer = self.after(self.heartbeat_ms, self.beat)
            for peer in self.peers:
                start = self.oks.get(peer, 0)
                self.send(peer, Prepare(self.view, start, self.log[start:], self.executed))
            self.execute_what_is_safe()

    def on_prepare(self, sender: str, prepare: Prepare) -> None:
        if prepare.view < self.view:
            self.send(sender, NeedView(self.view))
            return
        if prepare.view > self.view:
            self.view, self.active = prepare.view, False
            self.disk["view"] = self.view
        self.wait()
        mine = self.log if self.log_view == self.view else ()
        if len(mine) >= prepare.start:
            if self.log_view != self.view or len(mine) < prepare.start + len(prepare.entries):
                self.keep((*mine[: prepare.start], *prepare.entries))
            self.execute(prepare.committed)
        self.send(sender, PrepareOk(self.view, len(self.log) if self.log_view == self.view else 0))

    def on_prepare_ok(self, sender: str, ok: PrepareOk) -> None:
        if self.active and ok.view == self.view:
            self.oks[sender] = max(ok.length, self.oks.get(sender, 0))
            self.execute_what_is_safe()

    def execute_what_is_safe(self) -> None:
        lengths = sorted([len(self.log), *[self.oks.get(peer, 0) for peer in self.peers]], reverse=True)
        self.execute(lengths[self.quorum() - 1])

    def execute(self, upto: int) -> None:
        for customer, request in self.log[self.executed : upto]:
            answer = self.machine.run(customer, request)
            if self.active:
                self.send(customer, answer)
        self.executed = max(self.executed, min(upto, len(self.log)))

    def propose(self, customer: str, request) -> None:
        if self.active:
            self.keep((*self.log, (customer, request)))
            self.beat()
        else:
            leader = self.leader_of(self.view)
            self.send(customer, NotLeader(request.key, None if leader == self.id else leader))

    def on_deposit(self, sender: str, request: Deposit) -> None:
        self.propose(sender, request)

    def on_transfer(self, sender: str, request: Transfer) -> None:
        self.propose(sender, request)

    def on_balance_of(self, sender: str, request: BalanceOf) -> None:
        self.propose(sender, request)

    def on_audit(self, sender: str, request: Audit) -> None:
        self.propose(sender, request)
