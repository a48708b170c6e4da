"""The only Streamlit code outside ``app.py`` and ``pages``: URL state, shared widgets, and a folder for each page."""
