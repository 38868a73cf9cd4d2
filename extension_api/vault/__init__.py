"""Folders, lists, records, their links and history, and who may use them."""

from flask import Flask

from extension_api.api import Api
from extension_api.kernel import Kernel
from extension_api.vault import folder_views, history_views, link_views, list_views, permission_views, views


def register(_app: Flask, _kernel: Kernel) -> list[Api]:
    """Register the feature."""
    features = (views, link_views, history_views, list_views, folder_views, permission_views)
    return [feature.api for feature in features]
