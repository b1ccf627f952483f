"""Writes of standards: one module per noun, one function per verb."""
