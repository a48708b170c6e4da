"""Computations of the Convolution page, with NumPy and SciPy on small grids and on images."""
