import pytest

from liftlock.downalign.masking.chunks import pages_at_once


@pytest.mark.parametrize(
    ("pages", "size_mib", "expected"),
    [(0, 0, 1), (10, 0, 1024), (10_000, 80, 1024), (10_000, 8_000, 20), (10, 100_000, 1)],
)
def test_long_rows_make_smaller_pieces(pages: int, size_mib: int, expected: int) -> None:
    assert pages_at_once(pages, size_mib * 1024 * 1024) == expected
