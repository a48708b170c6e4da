"""Choosing a data set: what is in it, what was left out of it, and the code that loads it."""
