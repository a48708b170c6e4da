"""Sections of the page Runs, and what every page shows of a run."""
