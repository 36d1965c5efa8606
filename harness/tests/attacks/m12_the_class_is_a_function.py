"""M12: the class is a function.

Exercise: 00
Base: none
Verdicts: load_error exception
"""

def PingClient(*args, **options):
    return None
