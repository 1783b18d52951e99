"""Claims from a file or from the words themselves, as the command line takes them."""

import re
from pathlib import Path

from bini.claims.chain import split_claims
from bini.claims.nouns import Claim
from bini.errors import BiniError

LOOKS_LIKE_PATH = re.compile(r"[^\s]{1,240}\.[A-Za-z]{2,5}|[./~][^\s]{0,240}")


def read_claims(source: str) -> list[Claim]:
    """Take apart the claims of a text file, or of `source` itself where it names no file.

    Raises:
        BiniError: the file does not exist or is not UTF-8, or there is no text.
    """
    path = Path(source)
    if len(source) < 250 and path.is_file():
        try:
            return split_claims(path.read_text(encoding="utf-8-sig"))
        except UnicodeDecodeError as error:
            raise BiniError(f"{path}: byte {error.start} is not UTF-8. Save the file as UTF-8.") from error
    if LOOKS_LIKE_PATH.fullmatch(source.strip()):
        raise BiniError(
            f"There is no file {source.strip()}.\nExpected a UTF-8 text file with claims, or a claim's text."
        )
    return split_claims(source)
