"""The catalogue reads exercise.toml, finds exercises by any of their names, and refuses what contradicts itself."""

import pytest

from harness import catalogue
from harness.catalogue import CatalogueError

TOML = """
title = "A lock"
module = "lock"
given = ["lock_protocol"]
lesson = "03-lock"
summary = "One sentence."
minutes = 30

[[checks]]
id = "first"
promise = "It holds."
points = 3

[[checks]]
id = "second"
promise = "It holds too."
points = 4
visibility = "sealed"
"""


@pytest.fixture
def root(tmp_path):
    (tmp_path / "pyproject.toml").touch()
    write(tmp_path, "03_lock", TOML)
    return tmp_path


def write(root, slug, text):
    folder = root / "exercises" / slug
    folder.mkdir(parents=True)
    (folder / "exercise.toml").write_text(text, encoding="utf-8")


@pytest.mark.parametrize("name", ["3", "03", "03_lock", "lock"])
def test_an_exercise_is_found_by_number_slug_or_module(root, name):
    found = catalogue.exercise(name, root)
    assert (found.slug, found.number, found.points) == ("03_lock", "03", 7)
    assert found.stub == root / "exercises/03_lock/lock.py"
    assert [check.public for check in found.checks] == [True, False]


def test_an_unknown_exercise_lists_or_guesses(root):
    with pytest.raises(CatalogueError, match="did you mean 03_lock"):
        catalogue.exercise("03_lokc", root)
    with pytest.raises(CatalogueError, match="there are 03_lock"):
        catalogue.exercise("77", root)
    with pytest.raises(CatalogueError, match="has no check 'third'; it has first, second"):
        catalogue.exercise("3", root).check("third")


def test_another_exercise_that_is_malformed_does_not_stand_in_the_way(root):
    write(root, "04_other", "title = [")
    assert catalogue.exercise("03", root).slug == "03_lock"
    with pytest.raises(CatalogueError, match=r"04_other/exercise\.toml is malformed"):
        catalogue.exercises(root)


@pytest.mark.parametrize(
    "old, new, said",
    [
        ("points = 3", "points = -3", "points are a whole number from 0 up"),
        ("points = 3", "points = 1.5", "points are a whole number from 0 up"),
        ("points = 3", "points = true", "points are a whole number from 0 up"),
        ('visibility = "sealed"', 'visibility = "secrte"', "visibility is one of public, sealed, secret"),
        ('id = "second"', 'id = "first"', "two checks have the same id"),
        ('id = "second"', 'id = "Second one"', "an id is lower case words"),
        ('lesson = "03-lock"', "", "is malformed"),
        ('lesson = "03-lock"', 'leson = "03-lock"', "is malformed"),
        ("[[checks]]", "[[check]]", "is malformed"),
    ],
)
def test_a_contradiction_names_the_file(tmp_path, old, new, said):
    write(tmp_path, "03_lock", TOML.replace(old, new))
    with pytest.raises(CatalogueError, match=said) as refused:
        catalogue.exercise("03", tmp_path)
    assert "exercise.toml" in str(refused.value)


def test_a_folder_with_another_kind_of_name_is_refused(tmp_path):
    write(tmp_path, "lock", TOML)
    with pytest.raises(CatalogueError, match="must be called like 03_fenced_lock"):
        catalogue.exercises(tmp_path)


def test_the_root_is_found_upwards_and_by_the_environment(root, tmp_path_factory, monkeypatch):
    monkeypatch.delenv("COURSE_ROOT", raising=False)
    assert catalogue.find_root(root / "exercises/03_lock") == root
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    monkeypatch.chdir(elsewhere)
    with pytest.raises(CatalogueError, match="run this inside the course's folder"):
        catalogue.find_root()
    monkeypatch.setenv("COURSE_ROOT", str(root))
    assert catalogue.find_root() == root


def test_a_lesson_is_a_page_of_the_site_once_the_site_has_an_address(root):
    assert catalogue.exercise("3", root).lesson_link == "docs/lessons/03-lock.md"
    catalogue.site_of.cache_clear()
    (root / "pyproject.toml").write_text('[project.urls]\nDocumentation = "https://example.org/course/"\n', encoding="utf-8")
    assert catalogue.exercise("3", root).lesson_link == "https://example.org/course/lessons/03-lock/"


@pytest.mark.parametrize("text", ['[project.urls]\nDocumentation = "example.org"\n', "[project.urls"])
def test_an_address_that_is_none_is_refused(root, text):
    (root / "pyproject.toml").write_text(text, encoding="utf-8")
    with pytest.raises(CatalogueError, match=r"pyproject.toml"):
        _ = catalogue.exercise("3", root).lesson_link
