# ruff: noqa: C402, E402, T201, UP031, UP036
# mypy: disable-error-code="import-not-found,no-redef"
"""Run by `-c` in each Python that is asked, from 2.7 to the newest: so it uses only what all of them have.

Prints one line of JSON after a mark: what this Python is, which pip it has, and the tags that this pip says it
supports. A Python without pip asks the pip it would install (ensurepip's), else sends no tags.
"""

import sys

# Nothing in the current folder, or next to this file, may be imported in place of the standard library.
sys.path[:] = [folder for folder in sys.path if folder]

import glob
import json
import os
import re
import sysconfig

implementation = getattr(getattr(sys, "implementation", None), "name", None)
if implementation is None:
    import platform

    implementation = platform.python_implementation().lower()

nodot = sysconfig.get_config_var("py_version_nodot") or "%d%d" % sys.version_info[:2]
if implementation == "cpython":
    flags = getattr(sys, "abiflags", None)
    if flags is None:  # Python 2, and 3 on Windows before 3.14
        flags = "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
        if sys.version_info < (3, 8):
            flags += "m"
        if sys.version_info < (3,) and sys.maxunicode > 0xFFFF:
            flags += "u"
    abi = "cp" + nodot + flags
else:
    abi = "_".join(re.split("[-.]", sysconfig.get_config_var("SOABI") or "none")[:2])

# `-s` left out the user's packages, whose pip comes before this Python's own. Another user's stay out: as root under
# sudo, HOME can be theirs.
packages = [n for n, folder in enumerate(sys.path) if os.path.basename(folder) in ("site-packages", "dist-packages")]
watch = []
if getattr(sys, "base_prefix", sys.prefix) == sys.prefix and not hasattr(sys, "real_prefix"):
    import site

    user = site.getusersitepackages() if hasattr(site, "getusersitepackages") else ""
    if user:
        watch.append(os.path.join(user, "pip", "__init__.py"))
    if os.path.isdir(user) and (not hasattr(os, "geteuid") or os.stat(user).st_uid == os.geteuid()):
        sys.path.insert(packages[0] if packages else len(sys.path), user)

pip_version = None
for folder in sys.path:
    init = os.path.join(folder, "pip", "__init__.py")
    if os.path.isfile(init):
        with open(init, "rb") as source:
            text = source.read(1 << 20).decode("utf-8", "replace")
        found = re.search(r"^__version__\s*=\s*[\"']([\w.+!-]+)[\"']", text, re.MULTILINE)
        pip_version = found.group(1) if found else None
        watch.append(init)
        break
else:
    watch.extend(folder for folder in sys.path if os.path.basename(folder) in ("site-packages", "dist-packages"))
    try:
        import ensurepip

        bundled = os.path.join(os.path.dirname(ensurepip.__file__), "_bundled", "pip-*.whl")
    except ImportError:
        bundled = ""
    system = sysconfig.get_config_var("WHEEL_PKG_DIR") or "/usr/share/python-wheels"
    sys.path.extend(glob.glob(bundled) or glob.glob(os.path.join(system, "pip-*.whl")))

try:
    try:
        from pip._internal.utils.compatibility_tags import get_supported  # 20.1 on
    except ImportError:
        try:
            from pip._internal.pep425tags import get_supported  # 10 to 20.0
        except ImportError:
            from pip.pep425tags import get_supported  # 1.4 to 9
    tags = ["-".join(tag) if isinstance(tag, tuple) else str(tag) for tag in get_supported()]
except Exception:
    tags = []

facts = {
    "version": "%d.%d.%d" % sys.version_info[:3],
    "implementation": implementation,
    "interpreter_version": str(nodot),
    "abi": abi,
    "platform": sysconfig.get_platform(),
    "prefix": sys.prefix,
    "pip_version": pip_version,
}
if sys.version_info < (3,):  # paths are bytes there
    encoding = sys.getfilesystemencoding() or "utf-8"
    facts = dict((k, v.decode(encoding, "replace") if isinstance(v, bytes) else v) for k, v in facts.items())
    watch = [path.decode(encoding, "replace") for path in watch]
facts["free_threaded"] = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
facts["bits"] = 64 if sys.maxsize > 1 << 32 else 32
facts["tags"] = sorted(set(tags), key=tags.index)
facts["watch"] = watch
print("\npipcache-tui asked: " + json.dumps(facts))
