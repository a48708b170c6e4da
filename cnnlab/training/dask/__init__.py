"""Runs on Dask: the connection to a scheduler, the state of runs kept there, and the workers that train them."""
