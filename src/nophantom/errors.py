"""Every deliberate error of NoPhantom, as one small tree.

::

    NoPhantomError
      InvalidInput    4 / 422   what was asked for cannot be: an option, a pair that does not fit, a bad number
      NotFound        3 / 404   a thing was named that is not there
      Ambiguous       3 / 409   a name fits more than one thing
      Unreadable      5 / 422   a file is not what it should be: no log, cut off, damaged
      OtherVersion    6 / 409   the database was written by another version of NoPhantom
      Unavailable     7 / 503   the place to read from or write to cannot be used: read-only, locked, full
      Unauthorised    9 / 401   a server was asked without the token that this needs
      Sealed         10 / 403   the test of a study was asked for before a selection was recorded

The first number is the exit status of the command line, the second the HTTP status. `code` never
changes once released: programs match on it. Everything else that is raised is a bug and keeps its
traceback (exit status 1); 2 is a wrong call of a command (an option that does not exist). 64 and 65
are no errors but answers: NO-GO and UNDECIDED of a gate.

A message is a sentence that says what is wrong, what was seen and what to do.
"""

from __future__ import annotations

from typing import ClassVar


class NoPhantomError(Exception):
    """Root of the deliberate errors; raise one of its children."""

    code: ClassVar[str] = "error"
    exit_status: ClassVar[int] = 1
    http_status: ClassVar[int] = 500

    @property
    def message(self) -> str:
        """What is wrong, what was seen, what to do."""
        return str(self.args[0]) if self.args else self.code


class InvalidInput(NoPhantomError):  # noqa: N818 - named by what is wrong
    """What was asked for cannot be."""

    code, exit_status, http_status = "invalid_input", 4, 422


class NotFound(NoPhantomError):  # noqa: N818
    """A thing was named that is not there."""

    code, exit_status, http_status = "not_found", 3, 404


class Ambiguous(NoPhantomError):  # noqa: N818
    """A name fits more than one thing."""

    code, exit_status, http_status = "ambiguous", 3, 409


class Unreadable(NoPhantomError):  # noqa: N818
    """A file is not what it should be."""

    code, exit_status, http_status = "unreadable", 5, 422


class OtherVersion(NoPhantomError):  # noqa: N818
    """The database was written by another version of NoPhantom."""

    code, exit_status, http_status = "other_version", 6, 409


class Unavailable(NoPhantomError):  # noqa: N818
    """The place to read from or to write to cannot be used."""

    code, exit_status, http_status = "unavailable", 7, 503


class Unauthorised(NoPhantomError):  # noqa: N818
    """A server was asked without the token that this needs."""

    code, exit_status, http_status = "unauthorised", 9, 401


class Sealed(NoPhantomError):  # noqa: N818
    """The test of a study was asked for before a selection was recorded."""

    code, exit_status, http_status = "sealed", 10, 403
