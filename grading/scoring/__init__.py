"""Judging one response: pure functions over an item revision and what the candidate gave."""

from .slots import Entry, Judgement, ScoringSlot, score_slot

__all__ = ["Entry", "Judgement", "ScoringSlot", "score_slot"]
