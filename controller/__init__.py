"""The service: reads the world, asks the engine what should happen next, does it.

Why: analysis and policies know nothing of the world; this package is where they meet it.
Never here: statistics (analysis) or the meaning of policy files (policies).
"""
