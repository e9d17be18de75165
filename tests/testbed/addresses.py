"""Loopback addresses for pods: every pod serves on the same port, so each needs its own.

Why: the whole of 127.0.0.0/8 is this machine, so a pod needs no network of its own.
Never here: the pods.
"""

import os
import random
import socket
import time

POD_PORT = 8080
FIRST_NETWORK, LAST_NETWORK = 16, 250
BROADCAST = 255


class Addresses:
    """Hands out loopback addresses on which the pods' port is free."""

    def __init__(self) -> None:
        # A random start, so that two testbeds on one machine do not meet.
        chance = random.Random(f"{os.getpid()}/{time.time_ns()}")
        self._network = chance.randint(FIRST_NETWORK, LAST_NETWORK)
        self._next = chance.randint(0, 200) * 256

    def take(self) -> str:
        """An address that no pod of ours has had lately."""
        while True:
            self._next = (self._next + 1) % 65_536
            third, fourth = divmod(self._next, 256)
            address = f"127.{self._network}.{third}.{fourth}"
            if 0 < fourth < BROADCAST and _is_free(address):
                return address


def _is_free(address: str) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((address, POD_PORT))
        except OSError:
            return False
    return True
