"""Whether the service lives and whether it can answer, for whoever starts and watches it."""

from flask import Blueprint, Flask, Response
from sqlalchemy.exc import SQLAlchemyError

from extension_api import revision
from extension_api.api import Api, json_response, kernel_of_app
from extension_api.errors import Unavailable
from extension_api.guards import declare
from extension_api.kernel import Kernel


def register(app: Flask, _kernel: Kernel) -> list[Api]:
    """Register the feature."""
    health = Blueprint("health", __name__, url_prefix="/health")
    health.add_url_rule("/live", view_func=declare(live, "public"))
    health.add_url_rule("/ready", view_func=declare(ready, "public"))
    app.register_blueprint(health)
    return []


def live() -> Response:
    """Answer that the process runs."""
    return json_response(b'{"status":"live"}')


def ready() -> Response:
    """Answer that the database answers."""
    try:
        with kernel_of_app().database.reading() as session:
            revision.current(session)
    except SQLAlchemyError:
        raise Unavailable(retry_after=1) from None
    return json_response(b'{"status":"ready"}')
