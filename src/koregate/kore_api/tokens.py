"""A new JSON Web Token for each request."""

import secrets
import warnings
from datetime import datetime

import jwt
from jwt.warnings import InsecureKeyLengthWarning

from koregate.inputs import Inputs

# PyJWT warns if a client secret is shorter than the hash. The platform generates the secret, so no user can change it.
warnings.filterwarnings("ignore", category=InsecureKeyLengthWarning)

# Kore.ai SDK security: with a `jti` the expiry must be within an hour, and a `jti` may be used once.
LIFETIME_SECONDS = 300
# If this machine's clock is a little fast, a token must not seem to come from the future.
BACKDATED_SECONDS = 30


class Tokens:
    """Makes the value of the `auth` header: a new token for each request, or the ready-made one."""

    def __init__(self, inputs: Inputs) -> None:
        self._ready = inputs.jwt
        self._client_id = inputs.client_id
        self._secret = inputs.client_secret
        self._algorithm = inputs.jwt_algorithm
        self._subject = inputs.user_email or "koregate"

    def new(self, now: datetime) -> str:
        """A token that has not been sent before, valid for five minutes."""
        if self._ready is not None:
            return self._ready.get_secret_value()
        issued = int(now.timestamp())
        # Kore.ai API, "API Introduction": the claims are spelled `sub` and `appId`.
        claims = {
            "appId": self._client_id,
            "sub": self._subject,
            "iat": issued - BACKDATED_SECONDS,
            "exp": issued + LIFETIME_SECONDS,
            "jti": secrets.token_hex(16),
        }
        secret = self._secret.get_secret_value() if self._secret is not None else ""
        return jwt.encode(claims, secret, self._algorithm)


def is_single_use(inputs: Inputs) -> bool:
    """Whether a ready-made token has a `jti`, so that the platform may accept it only once."""
    if inputs.jwt is None:
        return False
    try:
        return "jti" in jwt.decode(inputs.jwt.get_secret_value(), options={"verify_signature": False})
    except jwt.InvalidTokenError:
        return False
