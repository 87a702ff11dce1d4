"""`python -m whatsapp_server`."""

import sys

from whatsapp_server.cli import main

sys.exit(main())
