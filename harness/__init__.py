"""The course's harness: what a student's file imports is here, everything else is in the modules below.

A module imports only from lower floors, or from its own floor as long as nothing leads back to it:

    0  errors message state
    1  node hints methods clock disk trace properties promised
    2  network faults world
    3  simulation machine exploration/ scenario
    4  shrink checks/
    5  report/ loading watchdog whereabouts catalogue
    6  testing/
    7  grading/ proving/ running bonus diagnosis telling
    8  cli/ pytest_plugin __main__
"""

from harness.message import message
from harness.node import Node

__all__ = ["Node", "message"]
