"""A submission is loaded by path into a module of its own, and what cannot be loaded says why and what to do."""

import sys

import pytest

from harness.errors import LoadMistake
from harness.loading import Submission, load_given


def submission(tmp_path, text=None, raw=None, given=None):
    path = tmp_path / "lock.py"
    if raw is not None:
        path.write_bytes(raw)
    elif text is not None:
        path.write_text(text, encoding="utf-8")
    return Submission(path, "lock", given)


def test_classes_are_reached_as_attributes_and_the_file_runs_once(tmp_path):
    loaded = submission(tmp_path, "RUNS = []\nRUNS.append(1)\nclass Lock: pass\n")
    assert loaded.Lock.__name__ == "Lock"
    assert loaded.RUNS == [1]


def test_two_submissions_of_the_same_name_do_not_meet(tmp_path):
    (tmp_path / "other").mkdir()
    one, other = submission(tmp_path, "value = 1"), submission(tmp_path / "other", "value = 2")
    assert (one.value, other.value, one.value) == (1, 2, 1)


def test_given_modules_are_one_and_the_same_for_everybody(tmp_path):
    given = tmp_path / "given_for_this_test.py"
    given.write_text("class Ask: pass\n", encoding="utf-8")
    loaded = submission(tmp_path, "from given_for_this_test import Ask\n", given={"given_for_this_test": given})
    try:
        assert loaded.Ask is load_given("given_for_this_test", given).Ask
    finally:
        sys.modules.pop("given_for_this_test", None)


@pytest.mark.parametrize(
    "text, raw, said",
    [
        (None, None, r"lock.py is missing from .*; put your code into lock.py there"),
        ("class Lock(:\n", None, r"lock.py:1: .*; Python cannot read the file, so mend that line first"),
        ("x = 1\ny = nothing\n", None, r"lock.py:2: NameError: name 'nothing' is not defined; that ends the file"),
        ("raise SystemExit(0)\n", None, r"lock.py:1: SystemExit: 0; that ends the file"),
        ("import no_such_module\n", None, r"lock.py:1: ModuleNotFoundError"),
        (None, b"x = '\xff'\n", r"lock.py is not UTF-8 text \(byte 5\); save it as UTF-8"),
        (None, b"x = 1\0", r"lock.py holds a NUL byte"),
        (None, b"#" * 200_001, r"at most 200,000"),
    ],
)
def test_what_cannot_be_loaded_says_why(tmp_path, text, raw, said):
    with pytest.raises(LoadMistake, match=said):
        submission(tmp_path, text, raw).load()


def test_a_file_of_another_name_is_recognised(tmp_path):
    (tmp_path / "lokc.py").touch()
    (tmp_path / "lock_protocol.py").touch()
    (tmp_path / "test_lock.py").touch()
    with pytest.raises(LoadMistake, match=r"rename lokc.py to lock.py"):
        submission(tmp_path, given={"lock_protocol": tmp_path / "lock_protocol.py"}).load()


def test_a_class_that_is_not_there_is_named(tmp_path):
    with pytest.raises(LoadMistake, match=r"lock.py defines no Lock"):
        _ = submission(tmp_path, "class Lokc: pass\n").Lock


def test_a_byte_order_mark_is_accepted(tmp_path):
    assert submission(tmp_path, raw=b"\xef\xbb\xbfvalue = 3\n").value == 3


def test_a_stub_may_say_not_implemented_at_the_top(tmp_path):
    with pytest.raises(NotImplementedError):
        submission(tmp_path, "raise NotImplementedError\n").load()


def test_a_given_module_stays_the_same_module_when_another_copy_was_loaded_in_between(tmp_path):
    for copy in ("one", "two"):
        (tmp_path / copy).mkdir()
        (tmp_path / copy / "given_twice.py").write_text("class Word: pass\n")
    first = load_given("given_twice", tmp_path / "one" / "given_twice.py")
    other = load_given("given_twice", tmp_path / "two" / "given_twice.py")
    assert other is not first
    assert load_given("given_twice", tmp_path / "one" / "given_twice.py") is first
    assert sys.modules["given_twice"] is first
