"""The nouns as tables: what a project is made of, and how it is built, selected, joined, written and read."""

from labelqa.project.builder import Builder
from labelqa.project.problems import ProblemLog
from labelqa.project.project import Project

__all__ = ["Builder", "ProblemLog", "Project"]
