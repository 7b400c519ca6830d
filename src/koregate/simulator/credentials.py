"""Which tokens the platform accepts, and the errors with which it rejects the others."""

import json
import threading
from typing import Any

import jwt

_ALGORITHMS = ["HS256", "HS512"]
_MAX_LIFETIME_SECONDS = 3600
_CREDENTIALS_CODE = 4002


class Rejected(Exception):
    """A rejected request: the HTTP status code and the platform's error body."""

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
    """The token's `jti`, whoever signed it; None if it has none or is not a token."""
    try:
        identity = jwt.decode(token, options={"verify_signature": False}).get("jti")
    except jwt.InvalidTokenError:
        return None
    return identity if isinstance(identity, str) else None


class Credentials:
    """The app's credentials on the platform. Remembers the `jti` of every token that it accepted."""

    def __init__(self, stream_id: str, client_id: str, client_secret: str) -> None:
        self._stream_id = stream_id
        self._client_id = client_id
        self._secret = client_secret
        self._used: set[str] = set()
        self._lock = threading.Lock()

    def check(self, token: str, stream_id: str, now: float) -> None:
        """Raise `Rejected` unless the token is valid for the stream at that time."""
        if not token:
            raise _bad_credentials()
        claims = self._claims(token)
        expiry = claims.get("exp")
        is_current = expiry is None or (isinstance(expiry, int | float) and expiry > now)
        if claims.get("appId") != self._client_id or stream_id != self._stream_id or not is_current:
            raise _bad_credentials()
        if "jti" in claims:
            self._use(str(claims["jti"]), None if expiry is None else expiry - now)

    def _claims(self, token: str) -> dict[str, Any]:
        # The platform rejects a corrupted token like another app's token, but has another message for any other text.
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self._secret,
                algorithms=_ALGORITHMS,
                # The library checks the signature only: the platform has its own rules for claims.
                options={
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                    "verify_aud": False,
                    "verify_iss": False,
                    "verify_sub": False,
                    "verify_jti": False,
                },
            )
        except jwt.InvalidSignatureError:
            raise _bad_credentials() from None
        except jwt.DecodeError:
            raise Rejected(401, "Invalid JWT token", _CREDENTIALS_CODE) from None
        except jwt.PyJWTError:
            raise _bad_credentials() from None
        return claims

    def _use(self, identity: str, lifetime: float | None) -> None:
        """Kore.ai SDK security page: a token with a `jti` is valid for one request and for an hour at most."""
        if lifetime is None or lifetime > _MAX_LIFETIME_SECONDS:
            raise Rejected(401, 'error verifying the jwt: if "jti" claim "exp" must be <= 1 hour(s)')
        with self._lock:
            if identity in self._used:
                raise Rejected(401, "error verifying the jwt: possibly a replay")
            self._used.add(identity)


def _bad_credentials() -> Rejected:
    return Rejected(401, "Invalid SDK credentials", _CREDENTIALS_CODE)
