"""Stop a run and go on with it, as tests of several worlds do."""

from forge import Args
from forge.trinity import smith


def ends_as_without_a_stop(config, folder):
    """Assert that a run that is stopped after two epochs and resumed ends with the same digest."""

    def played(epochs, **where):
        with smith.Native(config, Args(nRealm=2, engine="serial", **where)) as envs:
            envs.run(epochs, quiet=True)
            return envs.digest

    whole, cut = str(folder / "whole"), str(folder / "cut")
    digest = played(4, run=whole)
    assert played(2, run=cut) != digest
    assert played(4, resume=cut) == digest
