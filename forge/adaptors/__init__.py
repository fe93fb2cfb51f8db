"""Show the world through other libraries' interfaces: PettingZoo, Gymnasium and their users.

Each module needs a further package, which an extra of the same name installs; importing this
package imports none of them.
"""


def missing(name: str, extra: str) -> ImportError:
    """Make the error for a package that is not installed.

    Args:
        name: the package's usual name.
        extra: the extra that installs it.
    """
    return ImportError(f"{name} is not installed: pip install -e '.[{extra}]' brings it")
