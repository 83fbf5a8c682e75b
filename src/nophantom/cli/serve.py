"""`nophantom serve`: the web pages and the API on this machine."""

from __future__ import annotations

import socket
from typing import Annotated

import typer

from nophantom.cli.talk import HomeOption, JsonOption, print_json, talk

PORT = 8765
_TRIED = 20  # ports after the usual one, where that is taken


def serve(
    host: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS", help="Address to listen on; another than loopback needs NOPHANTOM_TOKEN."
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help=f"Port; 0 takes any free one. [default: {PORT}, or the next free one]",
            min=0,
            max=65535,
        ),
    ] = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Serve the web pages and the API until Ctrl-C.

    Reading is open on this machine. Writing, and listening for other machines, need the token in
    NOPHANTOM_TOKEN. With --json one object with the address is printed once the server listens.

    Example: nophantom serve --port 8080
    """
    from uvicorn import Config, Server
    from uvicorn.importer import import_from_string

    from nophantom.settings import read_settings

    settings = read_settings(home=home)
    # By import string: the command line knows nothing of the API.
    app = import_from_string("nophantom.api.app:create")(settings, host=host)
    listener = listen(host, port)
    taken = listener.getsockname()[1]
    address = f"http://{f'[{host}]' if ':' in host else host}:{taken}"
    if as_json:
        print_json(
            {"address": address, "database": settings.database_url, "writes": settings.token is not None}
        )
    if port is None and taken != PORT:
        talk().print(f"Port {PORT} is taken; using {taken}.")
    talk().print(f"NoPhantom is at {address} (its API: {address}/api/openapi.json). Ctrl-C stops it.")
    config = Config(
        app, log_level="warning", access_log=False, server_header=False, timeout_graceful_shutdown=5
    )
    try:
        Server(config).run(sockets=[listener])
    except KeyboardInterrupt:  # how a server is meant to end
        talk().print("stopped.")


def listen(host: str, port: int | None) -> socket.socket:
    """A socket that listens; without a port on the usual one, or on the next that is free.

    Raises:
        Unavailable: the address is not of this machine, or the port is taken.
    """
    from nophantom.errors import Unavailable

    ports = range(PORT, PORT + _TRIED) if port is None else (port,)
    told: OSError | None = None
    for number in ports:
        try:
            return _bound(host, number)
        except OSError as problem:
            told = problem
    reason = (told and (told.strerror or str(told))) or "unknown"
    raise Unavailable(
        f"cannot listen on {host} port {ports[0]}{f' to {ports[-1]}' if len(ports) > 1 else ''}: {reason}. Name a free "
        "port with --port, or 0 for any."
    )


def _bound(host: str, port: int) -> socket.socket:
    family, *_, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(place)
        listener.listen(512)
    except OSError:
        listener.close()
        raise
    listener.set_inheritable(True)
    return listener
