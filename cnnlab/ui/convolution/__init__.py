"""The benches of the page Convolution, a module each: one convolution at work, and why the tricks work."""
