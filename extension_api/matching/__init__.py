"""Which records match a page, for one person: their match table, compiled once a revision."""

from flask import Flask

from extension_api.api import Api
from extension_api.kernel import Kernel
from extension_api.matching import pinning, views


def register(_app: Flask, _kernel: Kernel) -> list[Api]:
    """Register the feature."""
    return [views.api, pinning.api]
