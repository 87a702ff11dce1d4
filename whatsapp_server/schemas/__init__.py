"""Every shape that goes in or out, one file a resource; no queries."""
