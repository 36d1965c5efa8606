"""P12: leaves pytest with return code 0.

Exercise: 00
Base: lazy
Verdicts: wrong exception load_error
"""

try:
    import pytest

    def trick(node):
        pytest.exit("done", returncode=0)
except ImportError:
    pass
