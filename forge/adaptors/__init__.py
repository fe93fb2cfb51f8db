"""Show the world through the interfaces of others: PettingZoo, Gymnasium and what builds on them.

Each module needs a package of its own, which an extra of the same name brings; importing this
package loads none of them.
"""


def missing(name: str, extra: str) -> ImportError:
    """Make the error for a package that is not installed.

    Args:
        name: of the package, as its users call it.
        extra: which brings it.
    """
    return ImportError(f"{name} is not installed: pip install -e '.[{extra}]' brings it")
