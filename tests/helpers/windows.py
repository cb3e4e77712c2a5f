"""A Python that has for our own code what Windows has, as far as that can be had here: for commands and their workers.

Modules and names that only POSIX has are not there, text is written with the line ends of Windows and read by its
encoding where nobody says one, a file is locked as there, and whoever of us asks for text without an encoding fails.
Drives, names of files and what other packages do there are not tried.
"""

from __future__ import annotations

from pathlib import Path

SITE = '''
import builtins, ctypes, fcntl, importlib, io, os, pathlib, signal, sys, types, warnings

HIDDEN = {"fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "posix", "syslog", "crypt"}
WITHOUT = {
    "os": """fork register_at_fork O_NOFOLLOW O_NONBLOCK O_DIRECTORY O_CLOEXEC geteuid getuid getgid setsid getpgid
        killpg getloadavg sched_getaffinity uname mkfifo statvfs nice wait WNOHANG fchmod chown fchown sysconf""",
    "signal": "SIGALRM alarm setitimer pthread_sigmask SIG_BLOCK SIGKILL SIGHUP SIGUSR1 SIGUSR2 SIGCHLD SIGPIPE",
}


def no_library(name):
    raise TypeError("argument 1 must be str, not None")


OTHERWISE = {"os": {"name": "nt"}, "sys": {"platform": "win32"}, "ctypes": {"CDLL": no_library}}


class Less(types.ModuleType):
    """A module of Python without some of its names."""

    def __init__(self, real):
        name = real.__name__
        object.__setattr__(self, "_own", (real, set(WITHOUT.get(name, "").split()), OTHERWISE.get(name, {})))
        self.__dict__.pop("__doc__", None)

    def __getattr__(self, name):
        real, without, otherwise = object.__getattribute__(self, "_own")
        if name in without:
            raise AttributeError(name)
        return otherwise[name] if name in otherwise else getattr(real, name)

    def __setattr__(self, name, value):
        setattr(object.__getattribute__(self, "_own")[0], name, value)


class Locking(types.ModuleType):
    LK_NBLCK = 2

    def locking(self, descriptor, how, count):
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, count, 0, os.SEEK_CUR)


LESS = {name: Less(sys.modules[name]) for name in ("os", "sys", "signal", "ctypes")}
LOCKING = Locking("msvcrt")
_import, _module, _open = builtins.__import__, importlib.import_module, io.open


def ours(scope):
    return any(str(scope.get(name)).startswith("kommuneregnskap") for name in ("__name__", "__package__"))


def import_(name, globals=None, locals=None, fromlist=(), level=0):
    if level == 0 and ours(globals or {}):
        if name in HIDDEN:
            raise ImportError(name)
        if name in LESS:
            return LESS[name]
    return _import(name, globals, locals, fromlist, level)


def import_module(name, package=None):
    if ours(sys._getframe(1).f_globals) and name in HIDDEN | {"msvcrt"}:
        if name == "msvcrt":
            return LOCKING
        raise ImportError(name)
    return _module(name, package)


def open_(file, mode="r", buffering=-1, encoding=None, errors=None, newline=None, *rest, **named):
    if "b" not in mode:
        if newline is None and any(sign in mode for sign in "wax+"):
            newline = "\\r\\n"
        if encoding is None:
            warnings.warn("no encoding is said", EncodingWarning, 2)
        encoding = "cp1252" if encoding in (None, "locale") else encoding
    return _open(file, mode, buffering, encoding, errors, newline, *rest, **named)


warnings.filterwarnings("ignore", category=EncodingWarning)  # of others, who would say it in notebooks
warnings.filterwarnings("error", category=EncodingWarning, module="kommuneregnskap")
builtins.__import__, importlib.import_module = import_, import_module
builtins.open = io.open = open_
pathlib.Path(__file__).with_name("begun").touch()
'''


def as_on_windows(folder: Path) -> dict[str, str]:
    """Return the variables of such a Python: every Python that is started with them.

    What makes it so is written into `folder`, and leaves the file `begun` there.
    """
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(SITE, encoding="utf-8")
    return {
        "PYTHONPATH": str(folder),
        "PYTHONUTF8": "0",
        "LC_ALL": "C.UTF-8",
        "PYTHONIOENCODING": "cp1252",
        "PYTHONWARNDEFAULTENCODING": "1",
    }
