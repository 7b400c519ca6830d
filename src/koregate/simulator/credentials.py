"""Whether the platform takes a token, and the words in which it refuses one."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import jwt

if TYPE_CHECKING:
    from jwt.types import Options

_ALGORITHMS = ["HS256", "HS512"]
_LONGEST_LIFE = 3600
_CREDENTIALS_CODE = 4002
# Only the signature is the library's business; the rules for claims are the platform's, below.
_SIGNATURE_ONLY: Options = {
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}


class Refused(Exception):
    """An error answer: the HTTP code and the platform's error body."""

    def __init__(self, status: int, message: str, code: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.body = error_body(message, status if code is None else code)


def error_body(message: str, code: int | str) -> bytes:
    """The platform's error body."""
    return json.dumps({"errors": [{"msg": message, "code": code}]}, ensure_ascii=False).encode(
        "utf-8", "backslashreplace"
    )


def token_id(token: str) -> str | None:
    """The token's `jti`, whoever signed it."""
    try:
        found = jwt.decode(token, options={"verify_signature": False}).get("jti")
    except jwt.InvalidTokenError:
        return None
    return found if isinstance(found, str) else None


class Credentials:
    """The app's credentials at the platform. Remembers the `jti` of every token it took."""

    def __init__(self, stream_id: str, client_id: str, client_secret: str) -> None:
        self._stream_id = stream_id
        self._client_id = client_id
        self._secret = client_secret
        self._used: set[str] = set()
        self._lock = threading.Lock()

    def check(self, token: str, stream_id: str, now: float) -> None:
        """Raise `Refused` unless the token is good for the stream at that time."""
        if not token:
            raise _bad_credentials()
        claims = self._claims(token)
        expiry = claims.get("exp")
        lives = expiry is None or (isinstance(expiry, int | float) and expiry > now)
        if claims.get("appId") != self._client_id or stream_id != self._stream_id or not lives:
            raise _bad_credentials()
        if "jti" in claims:
            self._use(str(claims["jti"]), None if expiry is None else expiry - now)

    def _claims(self, token: str) -> dict[str, Any]:
        # The platform answers a corrupted token like a foreign one, and another way to what is no token at all.
        try:
            claims: dict[str, Any] = jwt.decode(token, self._secret, algorithms=_ALGORITHMS, options=_SIGNATURE_ONLY)
        except jwt.InvalidSignatureError:
            raise _bad_credentials() from None
        except jwt.DecodeError:
            raise Refused(401, "Invalid JWT token", _CREDENTIALS_CODE) from None
        except jwt.PyJWTError:
            raise _bad_credentials() from None
        return claims

    def _use(self, identity: str, life: float | None) -> None:
        """Kore.ai SDK security page: with a `jti`, a token lives an hour at most and is good for one request."""
        if life is None or life > _LONGEST_LIFE:
            raise Refused(401, 'error verifying the jwt: if "jti" claim "exp" must be <= 1 hour(s)')
        with self._lock:
            if identity in self._used:
                raise Refused(401, "error verifying the jwt: possibly a replay")
            self._used.add(identity)


def _bad_credentials() -> Refused:
    return Refused(401, "Invalid SDK credentials", _CREDENTIALS_CODE)
