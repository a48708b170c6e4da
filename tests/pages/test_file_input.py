"""Input of a file without a browser: it is used once, and a refused one is explained."""

from streamlit.testing.v1 import AppTest


def script() -> None:
    from io import BytesIO

    import streamlit as st

    from cnnlab.ui.widgets import file_input

    def use(file: BytesIO) -> None:
        text = file.getvalue().decode()
        if text == "wrong":
            raise ValueError("this is wrong")
        if text == "full":
            raise OSError(28, "No space left on device")
        st.session_state["used"] = [*st.session_state.get("used", []), text]

    file_input.ask("a text", "test.file", use, lambda sentence: st.session_state.update(refused=sentence))


def test_each_file_is_used_once_and_gets_a_new_widget() -> None:
    at = AppTest.from_function(script).run()
    for number, text in enumerate(("one", "one", "two"), 1):
        at.file_uploader[0].set_value(("a.txt", text.encode(), "text/plain")).run()
        at.run()
        assert at.file_uploader[0].key == f"test.file{number}"
        assert at.file_uploader[0].value is None, "Streamlit has forgotten the file"
    assert at.session_state["used"] == ["one", "one", "two"]
    assert "refused" not in at.session_state


def test_a_refused_file_is_explained() -> None:
    at = AppTest.from_function(script).run()
    at.file_uploader[0].set_value((f"{'a' * 90}.txt", b"wrong", "text/plain")).run()
    assert at.session_state["refused"] == (f"“{'a' * 60}” was not opened: this is wrong. Nothing else has changed.")
    at.file_uploader[0].set_value(("a.txt", b"full", "text/plain")).run()
    assert at.session_state["refused"] == (
        "“a.txt” was not opened: the server's disk cannot be used (No space left on device); free some space on it. "
        "Nothing else has changed."
    )
