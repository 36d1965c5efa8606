"""Marks that are right whatever a submission does: one trusted judge, one locked-down worker process per simulated node."""
