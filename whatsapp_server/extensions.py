"""Flask's extensions, unbound; factory.py binds them to an app."""

from flask_jwt_extended import JWTManager
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_smorest import Api
from flask_socketio import SocketIO

jwt = JWTManager()
socketio = SocketIO()
limiter = Limiter(get_remote_address)
api = Api()
