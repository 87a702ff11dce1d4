"""A private MongoDB for a server that was given no `MONGODB_URI`.

`mongod` runs as a child process on a Unix socket in a folder that only our user may enter; no TCP port is
opened. A lock on the data folder keeps a second server out. mongod outlives a server that was killed, so the
next start ends that orphan and waits until its files are free before it starts its own.
"""

from whatsapp_server.embedded_mongo.child import EmbeddedMongo
from whatsapp_server.embedded_mongo.errors import EmbeddedMongoError, FolderInUse

__all__ = ["EmbeddedMongo", "EmbeddedMongoError", "FolderInUse"]
