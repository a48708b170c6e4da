"""The only Streamlit code outside ``app.py`` and ``pages``: session and URL state, shared widgets, larger sections."""
