"""Verdicts as records that travel with an image: their spelling and their signatures.

Why: what one cluster found of a digest should be known in the next, to a CI and to people.
Never here: what several records add up to (the engine), where they are kept (a registry).
"""
