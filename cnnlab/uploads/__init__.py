"""Checks of every uploaded byte: bounded in size, memory and time, and nothing is executed."""
