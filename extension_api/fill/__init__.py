"""The release of a record's asked-for fields to one page: the only way by which a secret leaves the service."""

from flask import Flask

from extension_api.api import Api
from extension_api.fill.views import api
from extension_api.kernel import Kernel


def register(_app: Flask, _kernel: Kernel) -> list[Api]:
    """Register the feature."""
    return [api]
