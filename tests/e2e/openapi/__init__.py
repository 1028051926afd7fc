"""Descriptions of APIs that others publish, imported and answered by a server that plays those APIs."""
