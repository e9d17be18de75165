"""What we ask of the world, one port a module, each port's errors beside it.

Why: the engine and the loop are written against these and never against a vendor;
an error says what to do next (try again, ask a person, give up) rather than what failed.
Never here: an implementation.
"""
