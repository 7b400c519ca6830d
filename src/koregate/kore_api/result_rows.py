"""The rows of a result file in CSV, as a lenient reader sees them."""

import csv
import io
from collections.abc import Callable, Iterator

_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def result_rows(data: bytes) -> Iterator[list[str]]:
    """The rows of the file. Raises `csv.Error` where it is not CSV."""
    encoding = "utf-16" if data.startswith(_UTF_16) else "utf-8-sig"
    # newline="": the CSV reader itself recognizes line breaks in quotes.
    return csv.reader(io.TextIOWrapper(io.BytesIO(data), encoding, errors="replace", newline=""))


def shows_more(data: bytes, mask: Callable[[bytes], bytes]) -> bool:
    """Whether the cells of a masked file show a secret that its bytes do not: quotes vanish, and so do encodings."""
    if b'"' not in data and not data.startswith(_UTF_16):
        return False
    try:
        # After a row that is not CSV, a reader shows nothing.
        cells = "\n".join(cell for row in result_rows(data) for cell in row).encode("utf-8", "surrogatepass")
    except csv.Error:
        return False
    return mask(cells) != cells
