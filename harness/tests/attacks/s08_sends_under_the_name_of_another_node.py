"""S08: sends under the name of another node.

Exercise: 00
Base: lazy
Verdicts: wrong protocol exception
"""

def trick(node):
    from ping_protocol import Pong

    node.id = node.server
    node._process.spec = node._process.spec._replace(id=node.server)
    node.send(node.server, Pong(1))
