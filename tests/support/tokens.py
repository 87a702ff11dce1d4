"""Access tokens as the demo's server makes them, and as it must not take them."""

import json
import time
from typing import Any

import jwt

from tests.support.server import ServerProcess


def secret_of(server: ServerProcess) -> str:
    """The key that `server` signs its tokens with; the demo keeps it in its data folder."""
    kept: dict[str, str] = json.loads((server.data_dir / "demo-secrets.json").read_text())
    return kept["JWT_SECRET_KEY"]


def claims_of(token: str) -> dict[str, Any]:
    """What `token` says, unverified."""
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


def changed_token(server: ServerProcess, token: str, **claims: Any) -> str:
    """`token` with other claims (None leaves one out), signed with the server's own key."""
    wanted = {**claims_of(token), **claims}
    return jwt.encode({name: value for name, value in wanted.items() if value is not None}, secret_of(server), "HS256")


def expired(server: ServerProcess, token: str) -> str:
    """`token` as it would be a minute after its end."""
    return changed_token(server, token, exp=int(time.time()) - 60)
