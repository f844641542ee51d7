"""The statements of the dialects, as render_dialect prints them."""

import json
import subprocess


class Statement:
    def __init__(self, fields):
        self.dialect = fields["dialect"]
        self.title = fields["title"]
        self.tested = fields["tested"]
        self.table = fields["table"]
        self.what = fields["what"]
        self.sql = fields["sql"]
        self.parameters = fields["parameters"]
        self.mode = fields.get("mode")
        self.loader = fields.get("loader")
        self.direct = fields.get("direct")
        self.rows = fields.get("rows")
        self.column = fields.get("column")
        self.type = fields.get("type")

    def __str__(self):
        about = [self.dialect, self.table, self.what, self.mode, self.loader, self.rows]
        return "/".join(str(a) for a in about if a is not None) + ": " + self.sql


def render(program, *dialects):
    lines = subprocess.run([program, *dialects], check=True, capture_output=True, text=True).stdout
    found = map(json.loads, lines.splitlines())
    return [Statement(fields) for fields in found if fields["what"] != "probe_row"]


def probe_rows(program, dialect):
    """What a loader must bring back before it is used: rows of texts, or None."""
    lines = subprocess.run([program, dialect], check=True, capture_output=True, text=True).stdout
    return [fields["cells"] for fields in map(json.loads, lines.splitlines()) if fields["what"] == "probe_row"]


def marks_of(sql, backslashes):
    """Where the parameters are: question marks outside of quotes."""
    closing = {"'": "'", '"': '"', "`": "`", "[": None}
    at, out = 0, []
    while at < len(sql):
        end = closing.get(sql[at])
        if end:
            at += 1
            while sql[at] != end:
                at += 2 if backslashes and sql[at] == "\\" else 1
        elif sql[at] == "?":
            out.append(at)
        at += 1
    return out
