"""Freeze windows: times in which a policy wants nothing new.

Why: a plan such as "not at the weekend" belongs into the file that says all else, not into an order that
somebody gives each Friday.
Never here: what is held back in a window (controller.engine.frozen), a person's freeze.
"""
