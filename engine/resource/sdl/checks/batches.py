"""A batch names the keys it sends, and its answer says which item is whose."""

from collections.abc import Iterable

from engine.resource.mapping import MappingSyntaxError
from engine.resource.mapping.shape import ObjectShape, alternatives
from engine.resource.model import Batch, Registry
from engine.resource.sdl.checks.registered import Reporter, Site, place_at, sites
from engine.resource.sdl.findings import Findings, did_you_mean
from engine.resource.sdl.vocabulary import DirectiveUse


def check_batches(registry: Registry, findings: Findings) -> None:
    for site in sites(registry):
        if site.connector.batch is None:
            continue
        report = Reporter(site.connector, findings)
        if site.on_root:
            message = f"{site.connector.coordinate} is asked once: there is nothing to batch"
            report.at(
                "batch", "BATCH_ILLEGAL", message, "Leave 'batch' out; it is for types and their fields"
            )
            continue
        _check_request(site, site.connector.batch, report)
        if site.field is None:
            _check_of_type(site, site.connector.batch, report)
        else:
            _check_of_field(site, site.connector.batch, report)
        _check_items(site, findings)


def _check_request(site: Site, batch: Batch, report: Reporter) -> None:
    if batch.max_size < 1:
        report.at("batch.maxSize", "BATCH_SIZE", "'maxSize' is at least 1")
    requests = [written for written in site.connector.written if written.argument.startswith("http.")]
    if not any(use.name == "$batch" for written in requests for use in written.variables):
        key = site.owner.keys[0][0] if site.owner.keys else "id"
        report.at(
            "batch",
            "BATCH_WITHOUT_VARIABLE",
            f"the request of {site.connector.coordinate} does not say for whom it asks",
            f"Send the keys: {{$batch.{key}->joinNotNull(',')}} in the URL or $batch.{key} in the body",
        )


def _check_of_type(site: Site, batch: Batch, report: Reporter) -> None:
    """The batch of a type is by one of its keys, and the mapped items have it."""
    declared = DirectiveUse(site.connector.node).get("batch.key")
    known = {" ".join(key) for key in site.owner.keys}
    if isinstance(declared, str) and " ".join(declared.split()) not in known:
        key = f'@key(fields: "{declared}")'
        hint = did_you_mean(declared, known) or f"Declare it: type {site.owner.name} {key}"
        report.at("batch.key", "BATCH_KEY_UNKNOWN", f"type '{site.owner.name}' has no {key}", hint)
        return
    sent, named = ({path[0] for path in paths} for paths in (batch.parents, batch.keys))
    if sent != named:
        message = f"the batch is by {_listed(named)}, but the request sends {_listed(sent)}"
        hint = f"Send {' and '.join(f'$batch.{name}' for name in sorted(named))}"
        report.at("batch", "BATCH_KEY_UNKNOWN", message, hint)
    for name in sorted(named):
        if not _gives(site, name):
            report.at(
                "selection",
                "BATCH_WITHOUT_KEY",
                f"the selection gives no '{name}', by which the answers of a batch are matched",
                f"Add '{name}' to the selection, or '{name}: …' with the name the API has for it",
            )


def _gives(site: Site, name: str) -> bool:
    shapes = alternatives(site.connector.selection.shape)
    return any(isinstance(shape, ObjectShape) and name in shape.fields for shape in shapes)


def _check_of_field(site: Site, batch: Batch, report: Reporter) -> None:
    """The batch of a field says where in an answered item the parent's value stands."""
    if len(batch.parents) > 1:
        report.at(
            "batch",
            "BATCH_ILLEGAL",
            f"the batch of a field is by one value, not by {_listed(path[0] for path in batch.parents)}",
            "Use one $batch value; for several, make a type with a @key of several fields",
        )
    if not DirectiveUse(site.connector.node).get("batch.key"):
        sent = f"$batch.{'.'.join(batch.parents[0])}" if batch.parents else "the parent's value"
        report.at(
            "batch",
            "BATCH_WITHOUT_KEY",
            "the batch of a field needs 'key': where in an answered item the parent's value stands",
            f'Write batch: {{ key: "…" }} with the path of {sent} in an item of the answer',
        )


def _check_items(site: Site, findings: Findings) -> None:
    """Items are mapped one by one, so nothing bound outside of them can be used in them."""
    connector = site.connector
    try:
        connector.selection.split_items()
    except MappingSyntaxError as error:
        place = place_at(connector, "selection", error.line, error.column)
        findings.add("SELECTION_SYNTAX", error.message, place, path=connector.coordinate)


def _listed(names: Iterable[str]) -> str:
    return " and ".join(f"'{name}'" for name in sorted(names)) or "nothing"
