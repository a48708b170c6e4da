"""What the benches of the Convolution page compute, with NumPy and SciPy on small numbers and on pictures."""
