"""Create every index that the models declare."""

from typing import Any

from pymongo.database import Database

from whatsapp_server.models import ALL


def up(db: Database[Any], *, dry_run: bool) -> list[str]:
    """Build what is missing; an index that is there already costs nothing."""
    lines = []
    for model in ALL:
        collection = db[model._get_collection_name()]
        for spec in model._build_index_specs(model._meta["indexes"] or []):
            fields, options = spec["fields"], {k: v for k, v in spec.items() if k not in ("fields", "cls")}
            if not dry_run:
                collection.create_index(fields, **options)
            lines.append(f"{collection.name}: {', '.join(name for name, _ in fields)}")
    return lines
