"""Runs: what is trained, where it is kept, who does the work, and what comes of it."""
