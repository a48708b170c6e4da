"""The landing page's parts."""
