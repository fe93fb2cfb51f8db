"""Record what happens in a realm, so that it can be played again, to the bit.

A recording holds the realm's state at its start and what its agents did in every tick; everything
else follows by the rules. ``Recorder`` writes one down, ``Tape`` keeps it in a file, ``Recording``
reads it and ``Replay`` plays it.
"""
