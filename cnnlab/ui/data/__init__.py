"""The section on data sets: the choice of one, its content, what was left out, and the code that loads it."""
