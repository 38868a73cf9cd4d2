"""Signing in and out, and proving it with every request: opaque tokens, stored as digests."""

from flask import Flask

from extension_api.api import Api
from extension_api.kernel import Kernel
from extension_api.sessions import service
from extension_api.sessions.views import api


def register(_app: Flask, kernel: Kernel) -> list[Api]:
    """Register the feature: its endpoints and what stands behind the guards."""
    kernel.authenticators["bearer"] = service.authenticate_bearer
    kernel.quick_authenticators["bearer"] = service.authenticate_bearer_quickly
    kernel.authenticators["console"] = service.authenticate_cookie
    return [api]
