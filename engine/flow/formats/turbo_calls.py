"""Turbo's call activity → ours: which flow, and which variables go in and come back."""

import re

import orjson

from engine.flow.fields import IDENTIFIER, Problems
from engine.flow.formats.conversion import JsonDict
from engine.flow.model import Json
from engine.problem import Severity

FLOW, EXECUTE, INSTANCES = "callActivityFlowModuleId", "callActivityExecuteType", "callActivityInstanceType"
TRANSFERS = {
    "input": ("callActivityInParamType", "callActivityInParam", "vars"),
    "output": ("callActivityOutParamType", "callActivityOutParam", "result"),
}
CALL_PROPERTIES = (FLOW, EXECUTE, INSTANCES, *(name for names in TRANSFERS.values() for name in names[:2]))
_PASSED = re.compile(
    r"""(?:has\((?:vars|result)\.(\w+)\) \? )?(?:vars|result)\.(\w+)(?: : null)?""", re.ASCII
)
_PASSED_QUOTED = re.compile(r"""("(?:[^"\\]|\\.)*") in (vars|result) \? \2\[\1\] : null""")


def call_activity(key: str, shown: JsonDict, own: JsonDict, problems: Problems) -> JsonDict:
    """Takes the activity's properties out of `shown` into `own`, and gives what they mean in ours."""
    own |= {name: shown.pop(name) for name in CALL_PROPERTIES if name in shown}
    if own.get(INSTANCES, "single") != "single":
        message = f"instances {own[INSTANCES]!r} have no equal here"
        hint = "Write the list it runs for as 'over' in our format."
        problems.add("CALL_UNTRANSLATABLE", message, f"{key}/over", suggestion=hint)
    if own.get(EXECUTE, "sync") != "sync":
        message = f"executing {own[EXECUTE]!r} is lost: the flow waits for the one it calls"
        path = f"{key}/properties/{EXECUTE}"
        problems.add("ASYNC_LOST", message, path, severity=Severity.WARNING)
    result: JsonDict = {"flow": own.get(FLOW)}
    for name, (type_name, list_name, scope) in TRANSFERS.items():
        match own.get(type_name, "full"):
            case "full":
                pass
            case "none":
                result[name] = "none"
            case "part":
                result[name] = _assignments(own.get(list_name), f"{key}/{name}", scope, problems)
            case other:
                message = f"'{type_name}' must be none, part or full, not {other!r}"
                problems.add("CALL_UNTRANSLATABLE", message, f"{key}/{name}")
    return result


def _assignments(listed: Json, path: str, scope: str, problems: Problems) -> JsonDict:
    if isinstance(listed, str):
        try:
            listed = orjson.loads(listed or "[]")
        except orjson.JSONDecodeError:
            listed = None
    result: JsonDict = {}
    for transfer in listed if isinstance(listed, list) else [None]:
        target = transfer.get("targetKey") if isinstance(transfer, dict) else None
        value = _value(transfer, scope) if isinstance(transfer, dict) else None
        if isinstance(target, str) and target and value is not None:
            result[target] = value
        else:
            message = f"a transfer {str(transfer)[:100]!r} cannot be translated"
            problems.add("CALL_UNTRANSLATABLE", message, path)
    return result


def _value(transfer: JsonDict, scope: str) -> str | None:
    """A missing variable is passed on as null, as turbo does."""
    source = transfer.get("sourceKey")
    match transfer.get("sourceType"):
        case "fixed":
            return orjson.dumps(transfer.get("sourceValue")).decode()
        case "context" if isinstance(source, str) and IDENTIFIER.fullmatch(source):
            return f"has({scope}.{source}) ? {scope}.{source} : null"
        case "context" if isinstance(source, str):
            quoted = orjson.dumps(source).decode()
            return f"{quoted} in {scope} ? {scope}[{quoted}] : null"
        case _:
            return None


def call_properties(key: str, meant: JsonDict, problems: Problems) -> JsonDict:
    """The other way: turbo's properties for what a call activity of ours means."""
    result: JsonDict = {FLOW: meant["flow"], EXECUTE: "sync", INSTANCES: "single"}
    for name, (type_name, list_name, scope) in TRANSFERS.items():
        mapped = meant.get(name, "full")
        if not isinstance(mapped, dict):
            result[type_name] = mapped
            continue
        transfers: list[Json] = []
        for target, value in mapped.items():
            transfer, path = _transfer(str(value)), f"{key}/{name}/{target}"
            again = None if transfer is None else _value(transfer, scope)
            if transfer is None or again not in (value, f"has({value}) ? {value} : null"):
                message = f"turbo passes variables and fixed values, not {str(value)[:100]!r}"
                problems.add("EXPORT_IMPOSSIBLE", message, path)
                continue
            if again != value:
                message = f"where {value} is missing, turbo passes null"
                problems.add("EXPORT_IGNORED", message, path, severity=Severity.WARNING)
            transfers.append({**transfer, "targetKey": target})
        result |= {type_name: "part", list_name: orjson.dumps(transfers).decode()}
    return result


def _transfer(expression: str) -> JsonDict | None:
    """Where a value comes from; whether that gives this very expression again, the caller asks."""
    if found := _PASSED.fullmatch(expression):
        return {"sourceType": "context", "sourceKey": found[2]}
    if found := _PASSED_QUOTED.fullmatch(expression):
        return {"sourceType": "context", "sourceKey": orjson.loads(found[1])}
    try:
        return {"sourceType": "fixed", "sourceValue": orjson.loads(expression)}
    except orjson.JSONDecodeError:
        return None
