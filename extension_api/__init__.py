"""The Wayfill service: records, links, sessions and fills over HTTP.

Kernel modules lie flat in this folder and know no feature; each feature is one folder beside them. `app.py`, `cli.py`
and `serving.py` are where the two are put together, and the only kernel modules that may name a feature.
"""
