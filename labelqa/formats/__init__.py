"""Exports of labeling tools: found, recognised by their content, and read into one project.

See README.md in this folder for how a reader works and how to add one.
"""
