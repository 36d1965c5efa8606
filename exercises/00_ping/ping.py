"""Warm-up: a client that asks again until it is answered.

Fill in the three methods below, one step at a time, and run `course test 00` (or `pytest exercises/00_ping`) after each.
"""

from ping_protocol import Ping, Pong

from harness import Node

RETRY_MS = 300


class PingClient(Node):
    """Sends Ping(1), waits for Pong(1), sends Ping(2), and so on up to Ping(self.count). Asks again when no answer comes.

    Set before on_start runs:
        self.server  name of the server, e.g. "ada"
        self.count   how many pings to send
    """

    server: str
    count: int

    def on_start(self) -> None:
        """Step 1: send Ping(1) to the server."""
        raise NotImplementedError("step 1: send Ping(1) to self.server")

    def on_pong(self, sender: str, pong: Pong) -> None:
        """Step 2: an answer arrived. Send the next ping, up to self.count."""
        raise NotImplementedError("step 2: send the next ping")

    def retry(self, seq: int) -> None:
        """Step 3: no answer to Ping(seq) for RETRY_MS. Send it again, unless it was answered.

        Nobody calls this unless you ask for it, with self.after(RETRY_MS, self.retry, seq), each time you send a ping.
        """
        raise NotImplementedError("step 3: send Ping(seq) again")
