"""A terminal that folds long lines anew when its width changes, as most do."""

import io
import re

SEQUENCE = re.compile(r"\x1b\[(\??\d*(?:;\d+)*)([A-Za-z])|(\r)|(\n)|([^\x1b\r\n]+)")


class Terminal(io.StringIO):
    """What is written to it stands in ``rows``; the cursor is at the end of row ``row``."""

    def __init__(self, width):
        super().__init__()
        self.width, self.rows, self.folded, self.row, self.col = width, [""], set(), 0, 0

    def write(self, text):
        for number, letter, back, new, signs in SEQUENCE.findall(text):
            if back:
                self.col = 0
            elif new:
                self._down()
                self.col = 0
            elif letter == "A":
                self.row = max(0, self.row - int(number or 1))
            elif letter == "K":
                self.rows[self.row] = ""
                self.folded.discard(self.row)
            for sign in signs:
                self._put(sign)
        return len(text)

    def _put(self, sign):
        if self.col == self.width:
            self.folded.add(self.row)
            self._down()
            self.col = 0
        line = self.rows[self.row].ljust(self.col)
        self.rows[self.row] = line[: self.col] + sign + line[self.col + 1 :]
        self.col += 1

    def _down(self):
        self.row += 1
        if self.row == len(self.rows):
            self.rows.append("")

    def resize(self, width):
        """Fold all lines anew. The cursor stays at the end of the last one."""
        lines = [""]
        for number, row in enumerate(self.rows):
            lines[-1] += row
            if number not in self.folded:
                lines.append("")
        self.width, self.rows, self.folded = width, [], set()
        for line in lines[:-1]:
            parts = [line[i : i + width] for i in range(0, len(line), width)] or [""]
            self.folded |= {len(self.rows) + i for i in range(len(parts) - 1)}
            self.rows += parts
        self.row, self.col = len(self.rows) - 1, len(self.rows[-1])

    @property
    def shown(self):
        """The rows that hold anything."""
        return [row.rstrip() for row in self.rows if row.strip()]
