"""Say whether the viewer's page is wanted here, as its installation reads the environment."""

import os

import pytest

NO_PAGE = os.environ.get("FORGE_NO_WEB", "") not in ("", "0")
needs_page = pytest.mark.skipif(NO_PAGE, reason="FORGE_NO_WEB is set: there is no page")
