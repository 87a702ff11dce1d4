"""Why the migrations did not run, each as one sentence for the person who started them."""


class MigrationError(Exception):
    """Base of them all."""


class SchemaTooNew(MigrationError):
    """A newer version of the server has migrated this database."""


class MigrationsLocked(MigrationError):
    """Another process went on running the migrations for longer than we wait."""


class LockLost(MigrationError):
    """Our lock could not be renewed in time, so another process may be running the same scripts."""


class MigrationFailed(MigrationError):
    """A script raised; the cause is chained."""
