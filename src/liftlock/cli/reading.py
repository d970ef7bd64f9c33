"""Files that commands are given: read, or refused by name."""

from pathlib import Path

from liftlock.errors import Invalid


class FileUnreadable(Invalid):
    """A command was given a file that it cannot read."""

    code = "file.unreadable"
    sentence = "{file} cannot be read: {problem}."


def text_of(file: Path) -> str:
    """Return the text of a file. Raises: FileUnreadable."""
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise FileUnreadable(file=str(file), problem="it is no text in UTF-8") from None
    except OSError as error:
        problem = (error.strerror or type(error).__name__).lower()
        raise FileUnreadable(file=str(file), problem=problem) from None
