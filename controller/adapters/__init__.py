"""The ports made real, one outside thing a module or folder.

Why: each vendor package has one home, and its errors are mapped there once.
Never here: decisions; an adapter never imports another adapter.
"""
