"""The floor of the load benchmark: one Flask view that answers a little JSON, served as the service itself is.

python -m benchmarks.trivial PORT
"""

import sys
from pathlib import Path

from flask import Flask

from extension_api.serving import run
from extension_api.settings import Settings


def worker() -> Flask:
    """Return the application, in a worker process."""
    app = Flask("trivial", static_folder=None)

    @app.get("/trivial")
    def trivial() -> dict[str, str]:
        return {"hello": "world"}

    return app


if __name__ == "__main__":
    run("benchmarks.trivial:worker", Settings(data=Path(), port=int(sys.argv[1])))
