"""Flask's extensions, unbound; factory.py binds them to an app."""

from flask_jwt_extended import JWTManager
from flask_smorest import Api
from flask_socketio import SocketIO


class _Api(Api):
    """The documented API. Without the library's `default` answer, which would let any undocumented one pass for documented."""

    DEFAULT_ERROR_RESPONSE_NAME = None


jwt = JWTManager()
socketio = SocketIO()
api = _Api()
