"""The web console's built files and the pages that load them; no network but the gateway's own."""

from gateway.console.flow_page import flow_page
from gateway.console.pages import Asset, LookUp, PageConfig, Persona, console_asset, graphiql_page

__all__ = ["Asset", "LookUp", "PageConfig", "Persona", "console_asset", "flow_page", "graphiql_page"]
