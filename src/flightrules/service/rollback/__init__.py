"""A rollback from its plan to its proof, by one process at a time."""
