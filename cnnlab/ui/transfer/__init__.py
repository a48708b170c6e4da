"""The page Transfer: a run asked for, watched, and tried."""
