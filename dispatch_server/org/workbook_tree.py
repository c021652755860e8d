"""From the flat rows of a workbook's sheets to the tree that a YAML file has, remembering where each line stood."""

from collections.abc import Mapping
from typing import Any

from dispatch_server.org.refusals import FileWrong

Row = tuple[str, dict[str, Any]]  # where, key → value
Sheets = Mapping[str, list[Row]]
Places = dict[str, list[str]]


def content_of_sheets(sheets: Sheets, name: str) -> tuple[dict[str, Any], Places]:
    """Lines as sheet_file checks them, and for each section where its lines stood. Raises FileWrong."""
    content: dict[str, Any] = {}
    places: Places = {"departments": [], "officers": [], "items": [], "delegations": []}
    _add_departments(content, places, sheets.get("departments", []), name)
    content["officers"] = [dict(line) for _, line in sheets.get("officers", [])]
    places["officers"] = [where for where, _ in sheets.get("officers", [])]
    _add_items(content, places, sheets, name)
    content["delegations"] = [_delegation(line) for _, line in sheets.get("delegations", [])]
    places["delegations"] = [where for where, _ in sheets.get("delegations", [])]
    return content, places


def _add_departments(content: dict[str, Any], places: Places, rows: list[Row], name: str) -> None:
    """A row without a path is the county; teams go below the row whose path theirs begins with."""
    content["departments"] = []
    by_path: dict[str, dict[str, Any]] = {}
    for where, line in sorted(rows, key=lambda row: str(row[1].get("path", ""))):
        line = dict(line)
        path = line.pop("path", "")
        if not isinstance(path, str):
            raise FileWrong([f"{name}: {where}: the code must be text, so that 01 stays 01"])
        if not path:
            if line.pop("kind", "county") != "county":
                raise FileWrong([f"{name}: {where}: only the county itself has no code"])
            content["county"], content["county_en"] = line.get("name"), line.get("name_en")
            continue
        above, _, line["code"] = path.rpartition("/")
        by_path[path] = line
        if not above:
            content["departments"].append(line)
            places["departments"].append(where)
        elif above not in by_path:
            raise FileWrong([f"{name}: {where}: there is no department {above[:20]} above it"])
        else:
            if line.pop("kind", "team") != "team":
                raise FileWrong([f"{name}: {where}: below a department there are only teams"])
            by_path[above].setdefault("teams", []).append(line)


def _add_items(content: dict[str, Any], places: Places, sheets: Sheets, name: str) -> None:
    content["items"] = []
    by_code: dict[Any, dict[str, Any]] = {}
    for where, line in sheets.get("items", []):
        by_code[line.get("code")] = item = dict(line)
        content["items"].append(item)
        places["items"].append(where)
    for section in ("basis", "tiers"):
        for where, line in sheets.get(section, []):
            line = dict(line)
            code = line.pop("item", None)
            if code not in by_code:
                raise FileWrong([f"{name}: {where}: there is no item {str(code)[:40]} among the items"])
            by_code[code].setdefault(section, []).append(line)


def _delegation(line: dict[str, Any]) -> dict[str, Any]:
    """A row is one item and one township."""
    line = dict(line)
    if "item" in line:
        line["items"] = [line.pop("item")]
    if "to" in line:
        line["to"] = [line["to"]]
    return line
