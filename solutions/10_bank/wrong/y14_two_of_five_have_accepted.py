"""Y14: three promises of five are a majority, and so are two acceptances

Misconception: The promises have brought everybody together; after that some confirmation is enough.
Why it breaks: The three that accepted nothing are a majority without it, and the next round asks only them.
Hint: Which replicas will be asked after your two are gone? Does one of them know?
Lesson: docs/lessons/10-bank.md#a-majority-first
Fails: crash_anywhere
Steps: 5
"""

from bank_protocol import Audit, Balance, BalanceOf, Books, Deposit, Done, Refused

from harness import Node, message


@message
class Prepare:
    """asks {to} to promise ballot {ballot}"""

    ballot: tuple[int, str]


@message
class Promise:
    """promises {to} ballot {ballot}"""

    ballot: tuple[int, str]
    accepted: tuple[int, str]
    value: object


@message
class Accept:
    """asks {to} to accept ballot {ballot}"""

    ballot: tuple[int, str]
    value: object


@message
class Accepted:
    """tells {to} that ballot {ballot} is accepted"""

    ballot: tuple[int, str]


@message
class Beaten:
    """tells {to} that {ballot} is too low: {highest} is promised"""

    ballot: tuple[int, str]
    highest: tuple[int, str]


ZERO = (0, "")


def change(value, customer, request):
    """The new value and the answer."""
    books, answers = value
    if isinstance(request, BalanceOf):
        return value, Balance(request.key, request.account, books.get(request.account, 0))
    if isinstance(request, Audit):
        return value, Books(request.key, books)
    name = (customer, request.key)
    if name in answers:
        first, answer = answers[name]
        return value, answer if first == request else Refused(request.key, "reused")
    books = dict(books)
    if request.amount <= 0:
        answer = Refused(request.key, "amount")
    elif isinstance(request, Deposit):
        books[request.account] = books.get(request.account, 0) + request.amount
        answer = Done(request.key)
    elif books.get(request.source, 0) < request.amount:
        answer = Refused(request.key, "funds")
    else:
        books[request.source] -= request.amount
        books[request.target] = books.get(request.target, 0) + request.amount
        answer = Done(request.key)
    return (books, {**answers, name: (request, answer)}), answer


class Bank(Node):
    def on_start(self):
        self.promised = self.disk.get("promised", ZERO)
        self.accepted, self.value = self.disk.get("accepted", (ZERO, ({}, {})))
        self.round = self.disk.get("round", 0)
        self.queue = []
        self.busy = None  # ballot under way
        self.promises = {}
        self.yes = set()
        self.answers = []
        self.phase = 0
        self.timer = None

    def ask(self, customer, request):
        if (customer, request) not in self.queue:
            self.queue.append((customer, request))
        if self.busy is None and self.timer is None:
            self.begin()

    on_deposit = on_transfer = on_balance_of = on_audit = ask

    def begin(self):
        self.cancel(self.timer)
        self.timer = None
        if not self.queue:
            self.busy = None
            return
        self.round += 1
        self.disk["round"] = self.round
        self.busy = (self.round, self.id)
        self.phase = 1
        self.promises, self.yes = {}, set()
        self.timer = self.after(self.random.randint(*self.election_ms), self.begin)
        self.tell_all(Prepare(self.busy))

    def tell(self, who, message):
        mine = {
            Prepare: self.on_prepare,
            Accept: self.on_accept,
            Promise: self.on_promise,
            Accepted: self.on_accepted,
            Beaten: self.on_beaten,
        }
        if who != self.id:
            self.send(who, message)
        else:
            mine[type(message)](who, message)

    def tell_all(self, message):
        for who in (*self.peers, self.id):
            self.tell(who, message)

    def on_prepare(self, sender, prepare):
        if prepare.ballot > self.promised:
            self.promised = prepare.ballot
            self.disk["promised"] = self.promised
            self.tell(sender, Promise(prepare.ballot, self.accepted, self.value))
        else:
            self.tell(sender, Beaten(prepare.ballot, self.promised))

    def on_accept(self, sender, accept):
        if accept.ballot >= self.promised:
            self.promised = self.accepted = accept.ballot
            self.value = accept.value
            with self.disk.atomic():
                self.disk["promised"] = self.promised
                self.disk["accepted"] = (self.accepted, self.value)
            self.tell(sender, Accepted(accept.ballot))
        else:
            self.tell(sender, Beaten(accept.ballot, self.promised))

    def on_promise(self, sender, promise):
        if self.phase == 1 and promise.ballot == self.busy:
            self.promises[sender] = (promise.accepted, promise.value)
            if len(self.promises) > (len(self.peers) + 1) // 2:
                self.phase = 2
                _, value = max(self.promises.values(), key=lambda item: item[0])
                value = (dict(value[0]), dict(value[1]))
                self.answers = []
                for customer, request in self.queue:
                    value, answer = change(value, customer, request)
                    self.answers.append((customer, answer))
                self.queue = []
                self.tell_all(Accept(self.busy, value))

    def on_accepted(self, sender, accepted):
        if self.phase == 2 and accepted.ballot == self.busy:
            self.yes.add(sender)
            if len(self.yes) > (len(self.peers) + 1) // 3:
                self.phase, self.busy = 0, None
                for customer, answer in self.answers:
                    self.send(customer, answer)
                self.answers = []
                self.begin()

    def on_beaten(self, sender, beaten):
        if beaten.ballot == self.busy:
            self.round = max(self.round, beaten.highest[0])
