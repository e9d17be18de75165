"""Licences and known vulnerabilities of all that is locked."""
