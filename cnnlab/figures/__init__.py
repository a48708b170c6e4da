"""Plain functions from numbers to drawings. They import nothing else of this project, and no Streamlit."""
