"""Set up, try, run and check the product with one command and nothing but Python.

    python3 tasks.py demo     see it work, with invented people and a mail server of its own
    python3 tasks.py test     check all of it
    python3 tasks.py help     the other commands

Standard library alone: this file runs before anything is installed.
"""

import sys

OLDEST_PYTHON = (3, 11)
# An older Python must be able to read this file as far as this sentence.
if sys.version_info < OLDEST_PYTHON:
    sys.exit(
        "This product needs Python 3.11 or newer, and this is Python "
        + ".".join(str(part) for part in sys.version_info[:2])
        + ". Start it with a newer one, for example: python3.11 tasks.py help"
    )

import argparse
import hashlib
import importlib.util
import os
import signal
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / "installed"
REQUIREMENTS = ROOT / "requirements"
# Each list holds the ones before it, so whoever has the tests installed has the demo and the product too.
WIDENING = ("run", "demo", "test")
EXTRAS = {
    "run": ("postgres",),
    "pades": ("postgres", "pades"),
    "demo": ("postgres", "demo"),
    "test": ("postgres", "pades", "demo", "test"),
}
CHECKS = {
    "ruff": ("ruff", "check", "."),
    "ruff format": ("ruff", "format", "--check", "--quiet", "."),
    "mypy": ("mypy",),
    "import contracts": ("lint-imports", "--no-logo"),
    "djlint": ("djlint", "templates", "--lint", "--quiet"),
}
NO_NETWORK = (
    "NewConnectionError",
    "NameResolutionError",
    "ConnectTimeoutError",
    "Temporary failure in name resolution",
    "Failed to establish a new connection",
    "Network is unreachable",
    "ProxyError",
)


MISLEADING = {"PYTHONHOME", "PYTHONPATH", "PIP_TARGET", "PIP_PREFIX"}


class TaskError(Exception):
    """Something that the person at the keyboard can put right; the message says how."""


def program(name: str) -> str:
    """Return the path of a program of the virtual environment."""
    return str(VENV / "Scripts" / f"{name}.exe") if os.name == "nt" else str(VENV / "bin" / name)


def environment(**more: str) -> dict[str, str]:
    """Return the environment of a child: the caller's, less what would lead it out of `.venv`."""
    kept = {name: value for name, value in os.environ.items() if name not in MISLEADING}
    own = {"VIRTUAL_ENV": str(VENV), "PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    path = str(Path(program("python")).parent) + os.pathsep + os.environ.get("PATH", os.defpath)
    return {**kept, **own, "PATH": path, **more}


def start(command: list[str], **more: str) -> int:
    """Run a command in the project's folder; Ctrl-C and the request to stop let it end in order."""
    child = subprocess.Popen(command, cwd=ROOT, env=environment(**more))
    earlier = signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    try:
        while True:
            try:
                code = child.wait()
                return code if code >= 0 else 128 - code
            except KeyboardInterrupt:  # the child had it too, and is closing
                continue
    finally:
        signal.signal(signal.SIGTERM, earlier)


# --- the virtual environment ---


def fingerprint(name: str) -> str:
    """Name exactly what an installation is: its lists to the byte, its Python, its place."""
    content = b"".join((REQUIREMENTS / f"{part}.txt").read_bytes() for part in ("build", name))
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    return f"{name} {version} {hashlib.sha256(content).hexdigest()} {VENV}"


def is_installed(name: str) -> bool:
    """Tell whether the virtual environment holds this list, or a wider one, as it is locked today."""
    stamp = STAMP.read_text(encoding="utf-8") if STAMP.is_file() else ""
    return any(stamp == fingerprint(wider) for wider in WIDENING[WIDENING.index(name) :])


def make_virtual_environment() -> None:
    """Make `.venv` with this Python, unless a whole one stands there."""
    if is_usable():
        return
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        raise TaskError(
            "This Python cannot make virtual environments: its module venv or ensurepip is missing. "
            "On Debian or Ubuntu install it with: apt install python3-venv"
        )
    say("Making the virtual environment .venv ...")
    if start([sys.executable, "-m", "venv", "--clear", str(VENV)]):
        raise TaskError(f"The virtual environment could not be made in {VENV}: the reason is above.")


def is_usable() -> bool:
    """Tell whether `.venv` is whole, of this Python, and where it was made: its programs know their place."""
    try:
        done = subprocess.run(
            [program("pip"), "--version"], env=environment(), capture_output=True, text=True, check=False
        )
    except OSError:
        return False
    return done.stdout.rstrip().endswith(f"(python {sys.version_info[0]}.{sys.version_info[1]})")


def install(name: str) -> None:
    """Install a locked list once; the stamp is written last, so that a cut installation is repeated."""
    if is_installed(name):
        return
    make_virtual_environment()
    STAMP.unlink(missing_ok=True)
    say("Installing the locked packages (once; about a minute) ...")
    # What builds the packages that come as source is locked too: it is installed first, not fetched by pip.
    pip("--requirement", "build.txt")
    pip("--no-build-isolation", "--requirement", f"{name}.txt")
    STAMP.write_text(fingerprint(name), encoding="utf-8")


def pip(*arguments: str) -> None:
    """Install from locked lists alone, and put pip's complaint into a sentence that says what to do."""
    command = [program("python"), "-m", "pip", "install", "--quiet", "--no-input", "--retries", "2"]
    done = subprocess.run(
        [*command, "--require-hashes", *arguments],
        cwd=REQUIREMENTS,
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        return
    say(done.stderr.strip())
    if any(sign in done.stderr for sign in NO_NETWORK):
        raise TaskError(
            "The packages could not be fetched: no package index answered. Check the network, or name a "
            "mirror in PIP_INDEX_URL, and run the same command again."
        )
    if "DO NOT MATCH THE HASHES" in done.stderr:
        raise TaskError(
            "A package is not the one that was locked, so it was not installed. Do not work around it: the "
            "index named in pip's settings serves another file than the one that was checked."
        )
    raise TaskError(
        "The packages could not be installed: pip's reason is above. Mend it and run the same command again."
    )


# --- the commands ---


def demo(options: argparse.Namespace) -> int:
    install("demo")
    flags = ["--once"] if options.once else []
    if options.port is not None:
        flags += ["--port", str(options.port)]
    if options.data_dir is not None:
        flags += ["--data-dir", str(options.data_dir.absolute())]
    return start([program("python"), "-m", "survey_app.demo", *flags])


def run(options: argparse.Namespace) -> int:
    install("run")
    settings = development_settings(options.port)
    flask = [program("flask"), "--app", "wsgi"]
    if start([*flask, "db", "upgrade"], **settings):
        raise TaskError("The database could not be brought up to date: the reason is above.")
    return start([*flask, "run", "--port", str(options.port)], **settings)


def development_settings(port: int) -> dict[str, str]:
    """Complete the settings for one's own machine; what the environment already says is kept."""
    defaults = {"SURVEY_ENVIRONMENT": "development", "SURVEY_PUBLIC_BASE_URL": f"http://localhost:{port}"}
    return {name: value for name, value in defaults.items() if name not in os.environ}


def test(options: argparse.Namespace) -> int:
    """Run every check and then the tests; with arguments, the named tests alone."""
    install("test")
    failed = [] if options.pytest else failing_checks()
    code = start([program("python"), "-m", "pytest", "-n", "auto", *options.pytest])
    if failed:
        sys.stdout.flush()
        say(f"Not passed: {', '.join(failed)}. The reasons stand before the output of the tests.")
    return code or bool(failed)


def lint(_options: argparse.Namespace) -> int:
    install("test")
    return bool(failing_checks())


def failing_checks() -> list[str]:
    """Run all checks, even when one fails, so that one run shows everything there is to mend."""
    failed = []
    for name, (tool, *arguments) in CHECKS.items():
        say(f"{name} ...")
        if start([program(tool), *arguments]):
            failed.append(name)
    return failed


def lock(options: argparse.Namespace) -> int:
    """Write requirements/ from pyproject.toml: the widest list first, the others within its versions."""
    install("test")
    widest = REQUIREMENTS / "test.txt"
    upgrade = ["--upgrade"] if options.upgrade else []
    compile_list("build", "--group", "build", *upgrade)
    compile_list("test", "pyproject.toml", *extras("test"), *upgrade)
    for name in ("run", "pades", "demo"):
        (REQUIREMENTS / f"{name}.txt").unlink(missing_ok=True)
        compile_list(name, "pyproject.toml", *extras(name), "--constraint", str(widest.relative_to(ROOT)))
    say("Locked. Commit requirements/ together with pyproject.toml.")
    return 0


def extras(name: str) -> list[str]:
    return [flag for extra in EXTRAS[name] for flag in ("--extra", extra)]


def compile_list(name: str, *arguments: str) -> None:
    # One set of versions for every supported Python; no header: it would name this machine.
    command = [program("uv"), "pip", "compile", "--quiet", "--universal", "--python-version", "3.11"]
    shape = ["--fork-strategy", "fewest", "--generate-hashes", "--no-header", "--no-annotate"]
    target = ["--output-file", str(Path("requirements", f"{name}.txt"))]
    if start([*command, *shape, *target, *arguments], UV_CUSTOM_COMPILE_COMMAND="python3 tasks.py lock"):
        raise TaskError(f"requirements/{name}.txt could not be locked: the reason is above.")


# --- the command line ---


def say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def port_number(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: give a number from 1 to 65535")
    return int(text)


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tasks.py",
        description="Set up, try, run and check the product. What it needs is installed into .venv.",
        epilog="example: python3 tasks.py demo; more about a command: python3 tasks.py demo --help",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")

    def add(name: str, does: str, example: str) -> argparse.ArgumentParser:
        shown = f"example: python3 tasks.py {example}"
        return commands.add_parser(name, help=does, description=does, epilog=shown, allow_abbrev=False)

    one = add("demo", "Play half a year of an agency and its client, and show it.", "demo --port 8080")
    one.add_argument("--once", action="store_true", help="end after the story instead of serving the pages")
    one.add_argument("--port", type=port_number, help="port of the pages")
    one.add_argument("--data-dir", type=Path, help="keep the database and the files here")
    two = add("run", "Bring the database up to date and serve the product for development.", "run --port 5000")
    two.add_argument("--port", type=port_number, default=5000, help="port of the pages (default: 5000)")
    add("test", "Run all checks and tests; with pytest arguments, those tests alone.", "test tests/scores -x")
    add("lint", "Run the checks without the tests: ruff, mypy, import contracts, djlint.", "lint")
    three = add("lock", "Write the hash-locked lists in requirements/ from pyproject.toml.", "lock --upgrade")
    three.add_argument("--upgrade", action="store_true", help="take the newest versions, not the locked ones")
    add("help", "Show this list.", "help")
    return parser


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line; what follows `test` is pytest's, word for word."""
    parser = build_parser()
    options, rest = parser.parse_known_args(arguments)
    options.pytest = rest
    if rest and options.command != "test":
        parser.error(f"{rest[0]} is not known here: see python3 tasks.py {options.command or ''} --help")
    if options.command in {None, "help"}:
        parser.print_help()
        parser.exit()
    return options


def main() -> int:
    options = parse(sys.argv[1:])
    commands = {"demo": demo, "run": run, "test": test, "lint": lint, "lock": lock}
    try:
        return int(commands[options.command](options))
    except TaskError as error:
        say(f"\n{error}")
        return 1
    except KeyboardInterrupt:
        say("\nStopped. Run the same command again to go on.")
        return 130


if __name__ == "__main__":
    sys.exit(main())
