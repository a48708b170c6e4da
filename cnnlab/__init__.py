"""CNN Lab: a browser dashboard for exploring convolutional networks."""

__version__ = "0.1.0"
