"""Why there is no embedded MongoDB, as sentences for the person who starts the server."""


class EmbeddedMongoError(Exception):
    """What is wrong and the ways out, in one sentence; the end of mongod's log may follow on more lines."""


class FolderInUse(EmbeddedMongoError):
    """Another server process holds the data folder."""
