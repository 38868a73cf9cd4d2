"""Groups of people, and what administrators do with people: add, disable, enable, make administrator."""

from flask import Flask

from extension_api.api import Api
from extension_api.kernel import Kernel
from extension_api.people import group_views, views


def register(_app: Flask, _kernel: Kernel) -> list[Api]:
    """Register the feature."""
    return [views.api, group_views.api]
