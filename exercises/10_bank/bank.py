"""A bank on several machines, of which any minority may fail.

Fill in the steps one after the other, and run `course test 10` (or `pytest exercises/10_bank`) after each. The README beside this file
says what is promised. Step 1 makes the check `the_books` pass, step 2 `same_answer`, step 3 `power_cut`, steps 4 and 5
`majority_first`, step 6 `always_open`. Step 7 is for the checks that only run at grading.
"""

from bank_election import Elector
from bank_protocol import (  # you will need them all, except perhaps Unavailable
    Append,
    Appended,
    Audit,
    Balance,
    BalanceOf,
    Books,
    Deposit,
    Done,
    NotLeader,
    Refused,
    Transfer,
    Unavailable,
)

Request = Deposit | Transfer | BalanceOf | Audit
Answer = Done | Refused | Balance | Books


class Bank(Elector):
    """One replica of the bank. The elected one takes requests into its log; what a majority has in its logs is carried out.

    Set before on_start runs:
        self.election_ms, self.heartbeat_ms   for the election, which is given: see bank_election.py

    Always there:
        self.id, self.peers   its own name, and the names of the other replicas
        self.disk             what survives a crash; attributes do not. `with self.disk.atomic():` makes several writes one
        self.leads()          True while this replica leads self.term; self.leader names who does
    """

    def on_start(self) -> None:
        """Step 1: memory for the books. Step 2: for what every key was answered. Step 3: read the log from the disk.

        A group of one replica elects itself after a moment; a group of more will need steps 4 and 5.
        """
        super().on_start()
        raise NotImplementedError("step 1: set up empty books")

    # --- the books ---

    def carry_out(self, customer: str, request: Request) -> Answer:
        """Step 1: do what is asked, and return the answer: Done, Refused, Balance or Books.

        Step 2: the same request of the same customer, with the same key, is carried out once and answered always the same.

        Every replica carries out the same log, but not at the same time, and all must come to the same books. So nothing but the
        request and the books may matter here: no clock, no lots, and not who leads.
        """
        raise NotImplementedError("step 1: deposits, transfers, balances and audits")

    # --- a customer asks ---

    def on_deposit(self, sender: str, request: Deposit) -> None:
        self.ask(sender, request)

    def on_transfer(self, sender: str, request: Transfer) -> None:
        self.ask(sender, request)

    def on_balance_of(self, sender: str, request: BalanceOf) -> None:
        self.ask(sender, request)

    def on_audit(self, sender: str, request: Audit) -> None:
        self.ask(sender, request)

    def ask(self, customer: str, request: Request) -> None:
        """Step 1: whoever does not lead sends NotLeader(request.key, self.leader). Whoever leads carries it out and sends the answer.

        Step 3: not so fast: a request goes into the log first, and the log onto the disk. Entry by entry, the log is carried out.
        Step 5: not so fast: an entry is carried out, and its customer answered, when a majority of all replicas has it on disk.
        """
        raise NotImplementedError("step 1: carry the request out and answer it, if this replica leads")

    # --- the log ---

    def elected(self) -> None:
        """Step 3: a group of one has elected itself, perhaps after a restart: carry its log out.

        Step 4: your log is now the log of self.term; say so on the disk. Step 5: you do not know yet what the others have of it.
        (This one raises nothing, so that steps 1 and 2 can be tried before it is written.)
        """

    def progress(self) -> tuple[int, ...]:
        """Step 4: how much this replica has. Nobody votes for a candidate that has less, so a leader has all that was ever answered.

        Tuples are compared from the left. What counts more: how long a log is, or whose it is?
        """
        raise NotImplementedError("step 4: say how much this replica has")

    def replicate(self) -> None:
        """Step 5: send every peer what it does not have yet of your log, in an Append. Called every self.heartbeat_ms while you lead.

        Call it yourself when there is something new. An Append without entries is good news too: the leader is alive.
        """
        raise NotImplementedError("step 5: send the others what they do not have yet")

    def on_append(self, sender: str, append: Append) -> None:
        """Step 5: the leader of append.term sends a part of its log. Make it yours, and say with Appended how much of it you have.

        Begin with self.follows(sender, append.term): it tells the election, and is False if that term is over. Your log may be that of
        another term, and this message may be older than one that you have had. Carry out what is committed.
        """
        raise NotImplementedError("step 5: write the leader's entries down, and say so")

    def on_appended(self, sender: str, appended: Appended) -> None:
        """Step 5: a peer has that much of the log of appended.term. Is there an entry that a majority has by now?"""
        raise NotImplementedError("step 5: count who has what, carry out what a majority has, answer its customers")
