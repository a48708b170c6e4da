"""Sections of the page Transfer: a run is put together, started, watched and compared."""
