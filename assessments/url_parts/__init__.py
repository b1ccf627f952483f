"""Addresses by noun; `assessments.urls` puts them together."""
