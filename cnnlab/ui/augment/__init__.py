"""Sections of the page Augment."""
