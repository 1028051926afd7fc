"""The process that trains: `python -m gateway.ranking.trainer PATH`, questions of articles by its input."""

import os
import sys
from pathlib import Path

from gateway.ranking.classifier import train

CALM = 15  # how much it gives way to others (nice)

if __name__ == "__main__":
    os.nice(CALM)
    train(Path(sys.argv[1]), sys.stdin.buffer.read())
