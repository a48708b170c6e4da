"""Plain functions from numbers to pictures. They import nothing else of this project, and no Streamlit."""
