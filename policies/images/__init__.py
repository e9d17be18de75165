"""Which builds of which images a policy takes: repositories, the tags that count, gates.

Why: everything a user may say of images is read, checked and ordered in one place.
Never here: registries, which build is rolled out when (the engine's builds).
"""
