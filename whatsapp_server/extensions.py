"""Flask's extensions, unbound; factory.py binds them to an app."""

from flask_jwt_extended import JWTManager
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_smorest import Api
from flask_socketio import SocketIO


class _Api(Api):
    """The documented API. Without the library's `default` answer, which would let any undocumented one pass for documented."""

    DEFAULT_ERROR_RESPONSE_NAME = None


jwt = JWTManager()
socketio = SocketIO()
limiter = Limiter(get_remote_address)
api = _Api()
