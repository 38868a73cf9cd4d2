"""Login chains: where a login goes on to, walked by the service and seen by browsers, and the links that follow."""

from flask import Flask

from extension_api.api import Api
from extension_api.kernel import Kernel
from extension_api.redirects import affiliation_views, views


def register(_app: Flask, _kernel: Kernel) -> list[Api]:
    """Register the feature."""
    return [views.api, affiliation_views.api]
