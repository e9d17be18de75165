"""The certificate that the service's port shows, as files that others change.

Why: certificates are renewed by others while the service runs.
Never here: sockets, what is served.
"""
