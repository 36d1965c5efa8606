"""The messages of part 3, and the people who use the chat. Given; nothing to do here."""

from collections.abc import Mapping

from harness import Node, message


@message
class Say:
    """says: {text}"""

    text: str


@message
class Show:
    """shows what {author} said: {text}"""

    author: str
    text: str


@message
class Post:
    """passes on: {text} (stamp {stamp})"""

    stamp: Mapping[str, int]
    text: str


class Person(Node):
    """Says something from time to time, and answers what it is shown. No two people ever say the same text.

    Set before on_start runs:
        self.node      the node it uses
        self.says_ms   when to say something, in ms after the start
        self.answers   how many of the other people's posts to answer, each as soon as it is shown
    """

    node: str
    says_ms: tuple[int, ...]
    answers: int

    def on_start(self) -> None:
        self.said = 0
        for delay_ms in self.says_ms:
            self.after(delay_ms, self.say)

    def say(self, about: str = "") -> None:
        self.said += 1
        self.send(self.node, Say(f"{self.id} {self.said}{about}"))

    def on_show(self, sender: str, show: Show) -> None:
        if self.answers and show.author != sender:
            self.answers -= 1
            self.say(f", to {show.text.partition(',')[0]}")
