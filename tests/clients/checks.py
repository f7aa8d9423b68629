"""What the checks share."""

import importlib.metadata

QUESTION = "2025年新建智能化煤矿多少座"
ANSWER = "130座"
UNKNOWN = "2025年火星基地建成多少座"

CHECKS = []


class Skipped(Exception):
    """The client is not installed; the reason says what is missing."""


class Check:
    def __init__(self, name, package, run):
        self.name, self.package, self.run = name, package, run

    def version(self):
        if self.package is None:
            return ""
        try:
            return importlib.metadata.version(self.package)
        except importlib.metadata.PackageNotFoundError:
            raise Skipped(f"{self.package} is not installed") from None


def client(name, package=None):
    """Marks a check of a client that a package of PyPI brings; none for what comes with Python."""

    def mark(run):
        CHECKS.append(Check(name, package, run))
        return run

    return mark


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


def refused(call, kind, param=None, says=""):
    """The call must raise an error of this kind that names the parameter."""
    try:
        call()
    except kind as error:
        expect(param is None or getattr(error, "param", None) == param, f"{error!r} does not name {param}")
        expect(says in str(error), f"{error} does not say {says!r}")
        return
    raise AssertionError(f"no {kind.__name__}")
