"""Say on which map each realm of a run lives, epoch by epoch, where realms move (``map_epochs``).

It depends on the config, the number of realms, the realm and the epoch alone. The moves of a run's
realms are spread evenly over time, so that few of them begin anew at once. In their j-th period the
realms live on the maps that follow those of the period before, so all maps get equal shares.
"""

from forge.config import Config


def moves(config: Config, num_realms: int, realm: int, epoch: int) -> int:
    """Count how often a realm has moved by the end of an epoch.

    Args:
        config: ``map_epochs``; 0: it never moves.
        num_realms: realms of the run.
        realm: its number in the run.
        epoch: number of the epoch, from 1; 0: the start of the run.
    """
    if not config.map_epochs:
        return 0
    ahead = realm * config.map_epochs // num_realms
    return (epoch + ahead) // config.map_epochs


def map_after(config: Config, num_realms: int, realm: int, epoch: int) -> int:
    """Find the map on which a realm is after an epoch; see ``moves``."""
    step = num_realms % config.num_maps or 1  # 1: else all would stay where they are
    return (realm + moves(config, num_realms, realm, epoch) * step) % config.num_maps


def moves_at(config: Config, num_realms: int, realm: int, epoch: int) -> bool:
    """Say whether a realm moves at the end of an epoch; see ``moves``."""
    before, after = (moves(config, num_realms, realm, epoch - back) for back in (1, 0))
    return after > before
