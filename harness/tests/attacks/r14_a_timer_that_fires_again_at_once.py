"""R14: a timer that fires again at once.

Exercise: 00
Base: lazy
Verdicts: wrong timeout protocol
May pass: first_ping one_at_a_time
"""

def trick(node):
    node.tick = lambda: None
    PingClient.again = lambda self: self.after(0, self.again)
    del node.tick
    node.after(0, node.again)
