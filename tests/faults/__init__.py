"""Faults injected into the real stack; the invariants are read from the database."""
