"""Whether the service lives, whether it can answer, and what it counts, for whoever starts and watches it."""

import hmac

from flask import Blueprint, Flask, Response, request
from sqlalchemy.exc import SQLAlchemyError

from extension_api import doctor, installation, revision
from extension_api.api import Api, json_response, kernel_of_app
from extension_api.errors import NotAuthenticated, NotFound, Problem, SetupError, Unavailable
from extension_api.front import bearer_token
from extension_api.guards import declare
from extension_api.kernel import Kernel
from extension_api.numbers import CONTENT_TYPE, Numbers
from matcher import suffixes


def register(app: Flask, _kernel: Kernel) -> list[Api]:
    """Register the feature."""
    health = Blueprint("health", __name__)
    health.add_url_rule("/health/live", view_func=declare(live, "public"))
    health.add_url_rule("/health/ready", view_func=declare(ready, "public"))
    health.add_url_rule("/metrics", view_func=declare(metrics, "public"))
    app.register_blueprint(health)
    return []


def live() -> Response:
    """Answer that the process runs, and whether what `wayfill doctor` sends to find out about a proxy came through."""
    if request.environ.get(doctor.PROBE_ARRIVED) is None:
        return json_response(b'{"status":"live"}')
    return json_response(doctor.ARRIVED)


def ready() -> Response:
    """Answer that the database answers, has the tables of this version, and names a key that is here."""
    kernel = kernel_of_app()
    try:
        kernel.database.check()
        with kernel.database.reading() as session:
            revision.current(session)
            known = installation.knows_its_key(session, kernel.keyring)
    except SQLAlchemyError:
        raise Unavailable("The database does not answer.", retry_after=1) from None
    except SetupError:
        raise Unavailable("The database cannot be read, or is not of this version.", retry_after=1) from None
    if not known:
        raise Unavailable("The key that seals is not here.", retry_after=1)
    return json_response(b'{"status":"ready"}')


def metrics() -> Response:
    """Answer what is counted, in Prometheus's form, to whoever brings the token that the settings name.

    Raises:
        NotFound: They name none: numbers about a vault are for nobody unless somebody says so.
        NotAuthenticated: The token is another.
    """
    kernel = kernel_of_app()
    wanted = kernel.settings.metrics_token
    if wanted is None:
        raise NotFound
    given = bearer_token(request.headers.get("Authorization", ""))
    if not hmac.compare_digest(given.encode(), wanted.encode()):
        raise NotAuthenticated
    states = {"wayfill_database_up": ("Whether the database answers", 0.0)}
    try:
        with kernel.database.reading() as session:
            states["wayfill_revision"] = ("Revision of the match tables", float(revision.current(session)))
        states["wayfill_database_up"] = ("Whether the database answers", 1.0)
    except (SQLAlchemyError, Problem):
        pass
    edition = suffixes.current().date
    if edition is not None:
        age = (kernel.clock.now() - doctor.seconds_of(edition)) / doctor.DAY
        states["wayfill_suffix_list_age_days"] = ("Age of the Public Suffix List", round(age, 2))
    return Response(
        kernel.shared(Numbers).text(states), content_type=CONTENT_TYPE, headers={"Cache-Control": "no-store"}
    )
