"""Measures loading the whole business register, twice on each database: `python -m tests.bench.register`."""

import os
import sys
import tempfile
from pathlib import Path

from tests.support.postgres import create_database, server_uri
from tests.support.register import load_and_measure, zipped

ROWS = 370_000


def main() -> None:
    """Print a row of a table for each load."""
    place = Path(tempfile.mkdtemp(prefix="tilisilta-bench-"))
    files = [("first time", zipped(place / "1.zip", ROWS)), ("a day later", zipped(place / "2.zip", ROWS, day=2))]
    sys.stdout.write("| database | load | seconds | processor | changed | peak memory |\n|---|---|---|---|---|---|\n")
    for name, url in (("SQLite", ""), ("PostgreSQL", create_database(server_uri(), "register_bench"))):
        env = {
            **os.environ,
            "TILISILTA_DATA_DIR": str(place / name),
            "TILISILTA_DATABASE_URL": url,
            "TILISILTA_LOG_LEVEL": "ERROR",
        }
        for which, file in files:
            found = load_and_measure(env, file)
            sys.stdout.write(
                f"| {name} | {which} | {found.load['seconds']:.1f} s | {found.cpu_s:.1f} s |"
                f" {found.load['changed']:,} | {found.peak_mib:.0f} MiB |\n"
            )
            sys.stdout.flush()


if __name__ == "__main__":
    main()
