"""The benches of the Convolution page: what one convolution does, and why the tricks work. A module each."""
