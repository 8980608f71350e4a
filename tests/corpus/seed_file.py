"""Where the seeds lie."""

from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent


def put(target, name, data):
    """Writes one seed."""
    folder = HERE / target
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())
