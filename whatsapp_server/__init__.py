"""One shared WhatsApp inbox for a whole company."""

__version__ = "0.1.0"
