"""Sets Backscope up on a fresh machine and starts it, or tests it.

    python3 start.py                    install what is missing and open the app
    python3 start.py test               install what is missing and pass the tests

Everything is installed into the folder `.venv` beside this file; nothing else on the machine is changed. Only the
standard library is used here, because this file runs before anything is installed.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
ENVIRONMENT = HERE / ".venv"
OLDEST_PYTHON = (3, 11)


def main() -> int:
    """Read the command line, install what is missing, and hand over to Streamlit or pytest."""
    if sys.version_info < OLDEST_PYTHON:
        print(
            f"Backscope needs Python {OLDEST_PYTHON[0]}.{OLDEST_PYTHON[1]} or newer; this is {sys.version.split()[0]}."
        )
        return 2
    options, rest = parser().parse_known_args()
    python = installed("requirements-dev.txt" if options.command == "test" else "requirements.txt")
    environment = dict(os.environ)
    if options.data_dir:
        environment["BACKSCOPE_DATA_DIR"] = str(Path(options.data_dir).expanduser().resolve())
    environment.setdefault("OPENBLAS_NUM_THREADS", "1")  # trainings are threads, and tests processes, of their own
    if options.command == "test":
        command = [python, "-m", "pytest", "-n", "2", "--dist", "loadfile", "--no-loadscope-reorder", *rest]
    else:
        headless = "true" if options.no_browser else "false"
        command = [python, "-m", "streamlit", "run", "app.py", "--server.port", str(options.port)]
        command += ["--server.headless", headless, *rest]
        print(f"Backscope opens at http://localhost:{options.port} (stop it with Ctrl+C)", flush=True)
    try:
        return subprocess.call(command, cwd=HERE, env=environment)
    except KeyboardInterrupt:
        return 0


def parser() -> argparse.ArgumentParser:
    """Describe the command line; what it does not know goes on to Streamlit or pytest."""
    result = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    result.add_argument("command", nargs="?", choices=("app", "test"), default="app")
    result.add_argument("--data-dir", help="where runs are kept (default: BACKSCOPE_DATA_DIR, else ~/.backscope)")
    result.add_argument("--port", type=int, default=8501, help="port of the app (default: 8501)")
    result.add_argument("--no-browser", action="store_true", help="do not open a browser window")
    return result


def installed(requirements: str) -> str:
    """Return the Python of `.venv` in which everything in `requirements` is installed, installing it if need be."""
    python = ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    wanted = hashlib.sha256((HERE / "requirements.txt").read_bytes() + (HERE / requirements).read_bytes()).hexdigest()
    stamp = ENVIRONMENT / f"installed-{requirements}"
    if python.exists() and stamp.exists() and stamp.read_text() == wanted:
        return str(python)
    if not python.exists():
        print("Making the environment in .venv (once)", flush=True)
        venv.create(ENVIRONMENT, with_pip=True, clear=True)
    print(f"Installing {requirements} into .venv (once, about a minute)", flush=True)
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements]
    if subprocess.call(install, cwd=HERE) != 0:
        raise SystemExit(f"Installing {requirements} failed. Check the network, then run this command again.")
    stamp.write_text(wanted)
    return str(python)


if __name__ == "__main__":
    raise SystemExit(main())
