"""New passwords, by a site's own rules where they are known."""

from flask import Flask

from extension_api.api import Api
from extension_api.generate.views import api
from extension_api.kernel import Kernel


def register(_app: Flask, _kernel: Kernel) -> list[Api]:
    """Register the feature."""
    return [api]
