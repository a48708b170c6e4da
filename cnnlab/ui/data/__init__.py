"""The section on data sets: the choice of one, its content, the files left out, and the code that loads it."""
