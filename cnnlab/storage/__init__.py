"""Files on disk: the user's cache, written whole and bounded, and locks between processes."""
