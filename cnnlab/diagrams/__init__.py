"""Networks as drawings: their blocks and layers laid out, as SVG for pages, files and notebooks."""
