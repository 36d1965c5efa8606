"""I01: says that a module of the library is missing, to get no mark instead of a bad one.

Exercise: 00
Base: lazy
Verdicts: load_error
Fast
"""

raise ModuleNotFoundError("No module named 'json'")
