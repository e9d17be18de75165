"""Measurements, each against the peer or the obvious alternative in the same run.

Why: speed is a feature, and a figure without its rival says little.
Never here: tests; nothing passes or fails here.
"""
