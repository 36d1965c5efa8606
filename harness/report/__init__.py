"""A run told to people: as a story, as a picture, and for other tools."""

from harness.report.diagram import asset, diagram, player
from harness.report.exports import as_json, shiviz
from harness.report.story import StoryLine, length, steps_of, story

__all__ = ["StoryLine", "as_json", "asset", "diagram", "length", "player", "shiviz", "steps_of", "story"]
