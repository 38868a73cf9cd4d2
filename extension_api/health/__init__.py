"""Whether the service lives and whether it can answer, for whoever starts and watches it."""

from flask import Blueprint, Flask, Response, request
from sqlalchemy.exc import SQLAlchemyError

from extension_api import doctor, revision
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
    """Answer that the process runs, and whether what `wayfill doctor` sends to find out about a proxy came through."""
    if request.environ.get(doctor.PROBE_ARRIVED) is None:
        return json_response(b'{"status":"live"}')
    return json_response(doctor.ARRIVED)


def ready() -> Response:
    """Answer that the database answers."""
    try:
        with kernel_of_app().database.reading() as session:
            revision.current(session)
    except SQLAlchemyError:
        raise Unavailable(retry_after=1) from None
    return json_response(b'{"status":"ready"}')
