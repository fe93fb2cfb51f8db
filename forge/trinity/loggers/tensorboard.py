"""Write curves for TensorBoard, into the run's directory or else below ``runs``."""

from torch.utils.tensorboard import SummaryWriter

from forge.trinity.loggers import CurveLogger, Run


class Logger(CurveLogger):
    """Event files in the folder ``tensorboard`` of the run."""

    def __init__(self, run: Run) -> None:
        folder = None if run.directory is None else run.directory / "tensorboard"
        # Epochs that a killed run wrote after its last checkpoint run again: their first version
        # is hidden.
        purged = None if run.resumed is None else run.resumed + 1
        self._writer = SummaryWriter(folder, purge_step=purged)

    def write(self, step: int, values: dict[str, float]) -> None:
        """Write the numbers of an epoch, and see to it that they can be read at once."""
        for name, value in values.items():
            self._writer.add_scalar(name, value, step)
        self._writer.flush()

    def close(self) -> None:
        """End the file."""
        self._writer.close()
