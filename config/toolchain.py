"""Prepare a machine: the virtual environment, and the browser and fonts that the tests look with.

Run with any Python >= 3.11 and nothing installed:  python3 -I config/toolchain.py venv|browser
Standard library only, because it is what makes the environment in which the rest is found.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
STAMP = VENV / ".installed"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
CJK_FONT_MARKS = ("notosanscjk", "notoserifcjk", "notosanssc", "wqy", "sourcehansans", "droidsansfallback")
BROWSER_PACKAGES = ("chromium", "fonts-noto-cjk")


def say(text: str) -> None:
    print(text, flush=True)


def stop(text: str) -> None:
    sys.exit(f"\n{text}\n")


def privileged_prefix() -> list[str] | None:
    """The words to put before apt-get, or None where this user may not install packages."""
    if not shutil.which("apt-get"):
        return None
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0:
        return ["sudo", "-n"]
    return None


def apt_install(*packages: str) -> bool:
    """Install Debian packages where that is allowed; False where it is not or fails."""
    prefix = privileged_prefix()
    if prefix is None:
        return False
    say(f"Installing {' '.join(packages)} with apt-get ...")
    apt = [
        *prefix,
        "env",
        "DEBIAN_FRONTEND=noninteractive",
        "apt-get",
        "-qq",
        "-o",
        "DPkg::Lock::Timeout=300",
    ]
    install = [*apt, "install", "-y", "--no-install-recommends", *packages]
    if subprocess.run(install, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0:
        return True
    subprocess.run([*apt, "update"], stdout=subprocess.DEVNULL)
    return subprocess.run(install, stdout=subprocess.DEVNULL).returncode == 0


# ------------------------------------------------------------------ virtual environment


def lock_digest() -> str:
    version = ".".join(map(str, sys.version_info[:2]))
    return f"{version} {hashlib.sha256(LOCK.read_bytes()).hexdigest()}"


def venv_works() -> bool:
    python = VENV / "bin" / "python"
    return (
        python.exists() and subprocess.run([python, "-c", "import pip"], capture_output=True).returncode == 0
    )


def make_venv() -> None:
    """Create .venv with pip, by whichever way this Python allows."""
    if venv_works():
        return
    name = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], capture_output=True, text=True)
    if made.returncode == 0 and venv_works():
        return
    # Debian ships Python without ensurepip. A system pip can still fill an environment made without it.
    bare = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", "--without-pip", VENV], capture_output=True
    )
    if bare.returncode == 0 and shutil.which("pip3"):
        fill = [sys.executable, "-m", "pip", "--python", str(VENV / "bin" / "python"), "install", "-q", "pip"]
        if subprocess.run(fill, capture_output=True).returncode == 0 and venv_works():
            return
    if apt_install(name):
        again = subprocess.run(
            [sys.executable, "-m", "venv", "--clear", VENV], capture_output=True, text=True
        )
        if again.returncode == 0 and venv_works():
            return
        made = again
    stop(
        f"The virtual environment could not be made: this Python ({sys.executable}) lacks venv or ensurepip.\n"
        f"On Debian or Ubuntu:  sudo apt-get install {name}\n"
        f"Elsewhere install Python 3.11 or newer with its venv module, or name one:  make setup PYTHON=/path/to/python3\n"
        f"{(made.stdout + made.stderr).strip()}"
    )


def venv() -> None:
    """Make .venv from requirements.lock; at once where that is already done."""
    if STAMP.exists() and STAMP.read_text() == lock_digest() and (VENV / "bin" / "python").exists():
        return
    say("Preparing .venv from requirements.lock (once; a minute or two) ...")
    make_venv()
    environ = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME")}
    command: list[str | Path] = [
        VENV / "bin" / "python",
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]
    command += ["--no-input", "--only-binary", ":all:", "--require-hashes", "-r", LOCK]
    for attempt in (1, 2):
        if subprocess.run(command, env=environ, cwd=ROOT).returncode == 0:
            break
        if attempt == 2:
            stop(
                "The locked dependencies could not be installed (pip's words are above).\n"
                "Check the network or your package index, then run  make setup  again; it goes on where it stopped."
            )
    # The project is run from the clone: its root is put on the path of every program in .venv/bin.
    for packages in VENV.glob("lib/python*/site-packages"):
        (packages / "liangcai.pth").write_text(f"{ROOT}\n", encoding="utf-8")
    STAMP.write_text(lock_digest())


# ------------------------------------------------------------------ browser and fonts


CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
"""How tests and `make shots` start Chromium: headless machines and containers, no talk with the outside."""


def find_chromium() -> str | None:
    named = os.environ.get("CHROMIUM")
    if named:
        return named if os.access(named, os.X_OK) else None
    return next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), None)


def has_cjk_font() -> bool:
    if shutil.which("fc-list"):
        listed = subprocess.run(["fc-list", ":lang=zh-cn", "file"], capture_output=True, text=True)
        if listed.returncode == 0:
            return bool(listed.stdout.strip())
    folders = [Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".fonts"]
    return any(
        any(mark in path.name.lower().replace("-", "") for mark in CJK_FONT_MARKS)
        for folder in folders
        if folder.is_dir()
        for path in folder.rglob("*")
    )


def browser() -> None:
    """See to it that Chromium and Chinese fonts are there; say what to install where that is not allowed.

    In CI their absence ends the run; on a person's machine the browser tests are skipped and named as such.
    """
    missing = [] if find_chromium() else ["chromium"]
    missing += [] if has_cjk_font() else ["fonts-noto-cjk"]
    if not missing:
        return
    if os.environ.get("CHROMIUM") and not find_chromium():
        stop(f"CHROMIUM names {os.environ['CHROMIUM']}, which is not a program that can be run.")
    if apt_install(*missing) and find_chromium() and has_cjk_font():
        return
    advice = (
        f"Missing for the browser tests: {', '.join(missing)}.\n"
        f"On Debian or Ubuntu:  sudo apt-get install {' '.join(BROWSER_PACKAGES)}\n"
        "Elsewhere install Chromium and a Noto CJK font; CHROMIUM=/path/to/chromium names another place."
    )
    if os.environ.get("CI"):
        stop(advice)
    say(f"\n{advice}\nThe browser tests will be skipped.\n")


if __name__ == "__main__":
    if sys.version_info < (3, 11):  # noqa: UP036 - this file runs before anything has checked the version
        stop(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}.")
    steps = {"venv": venv, "browser": browser}
    if len(sys.argv) != 2 or sys.argv[1] not in steps:
        stop(f"usage: {Path(sys.argv[0]).name} {'|'.join(steps)}")
    steps[sys.argv[1]]()
