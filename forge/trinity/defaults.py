"""Put the default Pantheon, God and Sword together; torch is imported only when they are wanted."""

from forge.trinity.trinity import Trinity


def default_trinity() -> Trinity:
    """Put the default classes together."""
    from forge.trinity.god import God
    from forge.trinity.pantheon import Pantheon
    from forge.trinity.sword import Sword

    return Trinity(Pantheon, God, Sword)
