"""The client of OCI registries (distribution specification 1.1).

Why: no library fits: one changes digests when it retags, one cannot read a Docker configuration,
one trusts every certificate.
Never here: which tag counts, what a verdict is; imports of other adapters.
"""
