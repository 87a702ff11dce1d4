"""The web process: `python wsgi.py` serves; `wsgi:app` is the application for another WSGI server."""

import warnings

warnings.filterwarnings("ignore", message="(?s).*Eventlet is deprecated")

import eventlet  # noqa: E402

# Before anything else is imported: the SDK, pymongo and redis then wait without holding up anybody else.
eventlet.monkey_patch()

import sys  # noqa: E402

from whatsapp_server import boot  # noqa: E402
from whatsapp_server.config import ConfigError, load_env_file  # noqa: E402

try:
    load_env_file()
    running = boot.start()
except (ConfigError, boot.StartError) as error:
    sys.exit(f"{error}")

app = running.app

if __name__ == "__main__":
    from whatsapp_server.server import serve

    try:
        serve(running)
    except ConfigError as error:
        running.stop(0)
        sys.exit(f"{error}")
