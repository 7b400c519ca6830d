"""A fresh JSON Web Token for each request."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import jwt

if TYPE_CHECKING:
    from datetime import datetime

    from koregate.inputs.model import Inputs

# Kore.ai SDK security: with a `jti` the expiry must be within an hour, and a `jti` may be used once.
LIFETIME = 300


class Tokens:
    """Makes the `auth` header's value: a token of its own for each request, or the ready-made one."""

    def __init__(self, inputs: Inputs) -> None:
        self._ready = inputs.jwt
        self._client_id = inputs.client_id
        self._secret = inputs.client_secret
        self._algorithm = inputs.jwt_algorithm
        self._subject = inputs.user_email or "koregate"

    def fresh(self, now: datetime) -> str:
        """A token that was never sent before, good for five minutes."""
        if self._ready is not None:
            return self._ready.get_secret_value()
        issued = int(now.timestamp())
        # Kore.ai API, "API Introduction": the claims are `sub` and `appId`, spelled so.
        claims = {
            "appId": self._client_id,
            "sub": self._subject,
            "iat": issued,
            "exp": issued + LIFETIME,
            "jti": secrets.token_hex(16),
        }
        secret = self._secret.get_secret_value() if self._secret is not None else ""
        return jwt.encode(claims, secret, self._algorithm)
