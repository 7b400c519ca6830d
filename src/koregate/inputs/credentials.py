"""Credentials that were probably copied wrongly: with spaces, in quotes, or one id in the place of another."""

from collections.abc import Iterator

from koregate.inputs.model import Inputs

_QUOTES = "\"'`\u201c\u201d\u2018\u2019"


def doubtful_credentials(inputs: Inputs) -> Iterator[str]:
    """A sentence for each credential that may be mistyped, which never shows its value."""
    given = {
        "client-id": inputs.client_id or "",
        "client-secret": inputs.client_secret.get_secret_value() if inputs.client_secret else "",
        "user-email": inputs.user_email or "",
    }
    for name, value in given.items():
        if value != value.strip():
            yield f"{name} begins or ends with a space. Remove it if it is not part of the value."
        bare = value.strip()
        if len(bare) > 1 and bare[0] in _QUOTES and bare[-1] in _QUOTES:
            yield f"{name} is in quotes, which are taken as part of it. Remove them."
    if given["client-id"].startswith("st-"):
        yield "client-id looks like a stream id (st-…). Copy it from the JWT app."
    if given["client-secret"] and given["client-secret"] == given["client-id"]:
        yield "client-secret is the same as client-id. Copy it from the JWT app."
