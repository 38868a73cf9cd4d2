"""What happened, who did it, from where: written in the same transaction as the act itself."""

from flask import Flask

from extension_api.api import Api
from extension_api.audit.views import api
from extension_api.kernel import Kernel


def register(_app: Flask, _kernel: Kernel) -> list[Api]:
    """Register the feature."""
    return [api]
