"""`python -m whatsapp_server`."""

import sys

from whatsapp_server.cli import main
from whatsapp_server.config import ConfigError, load_env_file

try:
    load_env_file()
except ConfigError as error:
    sys.exit(str(error))
sys.exit(main())
