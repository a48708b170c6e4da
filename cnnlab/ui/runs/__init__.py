"""Sections of the page Runs, and the views of a run that all pages share."""
