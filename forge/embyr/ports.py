"""Choose a port to serve on, and say by whom a taken one is held."""

import errno
import os
import socket
import sys
from pathlib import Path

from forge.errors import ForgeError

FIRST = 8080
_TRIED = 100  # ports from the first on
_TAKEN = {errno.EADDRINUSE, errno.EACCES}
_LISTENING = "0A"  # state of a socket in Linux's tables


class PortError(ForgeError):
    """No such port can be had; the message says why."""


def bind(host: str, port: int | None) -> tuple[socket.socket, str]:
    """Bind a listening socket. The port is free again as soon as this process ends, however.

    Args:
        host: address or name of this machine's side.
        port: this one and no other (0: one that the system chooses); None: the first free one.

    Returns:
        The socket, and what to tell about the choice; "" if there is nothing to tell.

    Raises:
        PortError: if the port is taken, with its holder where the system tells; or if the host
            is none of this machine.
    """
    if port is not None:
        return _listen(host, port), ""
    for tried in range(FIRST, FIRST + _TRIED):
        try:
            found = _listen(host, tried)
        except TakenError:
            continue
        told = f"Port {FIRST} is taken{_held(FIRST)}; {tried} is the next free one."
        return found, "" if tried == FIRST else told
    raise PortError(f"ports {FIRST} to {FIRST + _TRIED - 1} are all taken: choose one with --port")


class TakenError(PortError):
    """Somebody else holds the port."""


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        if error.errno in _TAKEN:
            why = "is not for you" if error.errno == errno.EACCES else f"is taken{_held(port)}"
            raise TakenError(f"port {port} {why}: choose another with --port") from None
        raise PortError(f"cannot serve on {host}: {error.strerror or error}") from None


def _held(port: int) -> str:
    """Name the process that listens on a port, where the system tells; "" elsewhere."""
    if sys.platform != "linux":
        return ""
    inodes = {f"socket:[{inode}]" for inode in _inodes(port)}
    for folder in Path("/proc").glob("[0-9]*/fd"):
        try:
            if any(os.readlink(link) in inodes for link in folder.iterdir()):
                name = (folder.parent / "comm").read_text(encoding="utf-8").strip()
                return f" by {name} (process {folder.parent.name})"
        except OSError:  # it has ended, or is somebody else's
            continue
    return ""


def _inodes(port: int) -> list[str]:
    """List the inodes of all sockets that listen on a port."""
    found = []
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        rows = [line.split() for line in lines]
        found += [
            row[9]
            for row in rows
            if row[3] == _LISTENING and int(row[1].rpartition(":")[2], 16) == port
        ]
    return found
