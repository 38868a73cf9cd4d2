"""Records, their links and who may use them."""

from flask import Flask

from extension_api.api import Api
from extension_api.kernel import Kernel
from extension_api.vault.views import api


def register(_app: Flask, _kernel: Kernel) -> list[Api]:
    """Register the feature."""
    return [api]
