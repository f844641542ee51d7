"""Every fault of an org in every phase of a run, each with what becomes of it: the tables of docs/reliability.md are made
of this list, and fault_matrix_test.py holds the product to it.
"""

import dataclasses
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
SUCCESS = "success"


@dataclasses.dataclass(frozen=True)
class Phase:
    """`kind` of the requests that are its own, and the API that is read by. `skip`: of them pass before the fault, which
    so comes between pages."""

    kind: str
    api: str
    skip: int = 0
    reads: bool = False  # a run has committed rows by then


PHASES = {
    "login": Phase("token", "rest"),
    "objects": Phase("global_describe", "rest"),
    "describe": Phase("describe", "rest"),
    "REST page": Phase("query_more", "rest", reads=True),
    "Bulk create": Phase("bulk_create", "bulk"),
    "Bulk poll": Phase("bulk_poll", "bulk"),
    "Bulk result": Phase("bulk_results", "bulk", skip=1, reads=True),
}
LOGIN = ("login",)
CATALOG = ("objects", "describe")
PAGE = ("REST page",)
JOB = ("Bulk create", "Bulk poll")
RESULT = ("Bulk result",)
BULK = JOB + RESULT
READ = PAGE + BULK
API = CATALOG + READ
ALL = LOGIN + API


@dataclasses.dataclass(frozen=True)
class Cell:
    """What follows when the fault happens once, and when it lasts: SUCCESS, SUCCESS with the notice that tells how, or
    the code of the error."""

    once: str
    lasting: str
    action: dict = None  # that of the row, unless it is another one here
    reads: bool = False  # rows are committed before the fault is seen
    marked: bool = False  # the rows of the page are written before its end shows what is wrong; the next run mends them

    @property
    def text(self):
        if self.once == self.lasting:
            return said(self.once) + (" *" if self.marked else "")
        return f"{'again' if self.once == SUCCESS else said(self.once)}, then {said(self.lasting)}"


def said(outcome):
    if outcome == SUCCESS:
        return "good"
    if outcome.startswith(SUCCESS):
        return f"good, `{outcome.split()[1]}`"
    return f"`{outcome}`"


def again(code, **more):
    return Cell(SUCCESS, code, **more)


def fails(code, **more):
    return Cell(code, code, **more)


def good(notice="", **more):
    outcome = f"{SUCCESS} {notice}".strip()
    return Cell(outcome, outcome, **more)


@dataclasses.dataclass
class Row:
    name: str
    action: dict
    cells: dict


def row(name, action, *parts):
    """`parts`: phases and their cell, by turns; a later one overrides."""
    cells = {}
    for phases, cell in zip(parts[::2], parts[1::2]):
        cells.update(dict.fromkeys(phases, cell))
    return Row(name, action, {phase: cells[phase] for phase in PHASES if phase in cells})


def answer(status, code, message="no"):
    return {"type": "error", "status": status, "errorCode": code, "message": message}


def empty(status, **headers):
    return {"type": "empty", "status": status, "headers": {name.replace("_", "-"): value for name, value in headers.items()}}


def token(code, text=""):
    return {"type": "token_error", "error": code, "error_description": text}


def edit(find, replacement):
    return {"type": "edit", "find": find, "with": replacement}


def instead(body):
    return {"type": "edit", "body": body}


LIMIT = "REQUEST_LIMIT_EXCEEDED"
NOT_FOR_REST = "This session is not valid for use with the REST API"
CONCURRENT = "ConcurrentRequests (Concurrent API Requests) Limit exceeded."
NO_JOB = ("Bulk poll", "Bulk result")
NO_RIGHT = (API, fails("permission"), BULK, good("bulk_refused"))
REFUSED = (LOGIN, fails("login_refused"))
MOVED = (API, again("session_expired"), LOGIN, fails("http_status"))
BROKEN = (ALL, again("http_interrupted"))
# Of bodies that are not what they should be: descriptions and pages are named as such.
SPOILT = (ALL, again("http_content"), CATALOG + PAGE + RESULT, again("page_malformed"))
TOO_LARGE = (ALL, fails("http_too_large"))
A_PAGE = (ALL, again("http_content"))
LEAD = '"Id","Company"\n"00Q000000000001AAA","x"\n'

ROWS = [
    row("401 `INVALID_SESSION_ID`", {"type": "expire_session"}, API, again("session_expired")),
    row("401, not for the REST API", answer(401, "INVALID_SESSION_ID", NOT_FOR_REST), API, fails("login_refused")),
    row("401 `INVALID_AUTH_HEADER`", answer(401, "INVALID_AUTH_HEADER"), API, fails("login_refused")),
    row(f"403 `{LIMIT}`, all of the day", answer(403, LIMIT, "TotalRequests Limit exceeded."), ALL, fails("request_limit")),
    row(f"403 `{LIMIT}`, at once", answer(403, LIMIT, CONCURRENT), ALL, again("http_status")),
    row("403 `API_DISABLED_FOR_ORG`", answer(403, "API_DISABLED_FOR_ORG"), ALL, fails("api_disabled")),
    row("403 `API_CURRENTLY_DISABLED`", answer(403, "API_CURRENTLY_DISABLED"), ALL, again("api_unavailable")),
    row("403 `FUNCTIONALITY_NOT_ENABLED`", answer(403, "FUNCTIONALITY_NOT_ENABLED"), *NO_RIGHT),
    row("403 `INSUFFICIENT_ACCESS`", answer(403, "INSUFFICIENT_ACCESS"), *NO_RIGHT),
    row("403 `OAUTH_APP_ACCESS_DENIED`", answer(403, "OAUTH_APP_ACCESS_DENIED"), LOGIN, fails("permission"), *NO_RIGHT),
    row("400 `INVALID_TYPE`", answer(400, "INVALID_TYPE"), API, fails("object_missing")),
    row("404 `NOT_FOUND`", answer(404, "NOT_FOUND"), ALL, fails("object_missing"), NO_JOB, fails("job_aborted")),
    row("400 `INVALID_FIELD`", answer(400, "INVALID_FIELD"), READ, Cell("success field_vanished", "field_missing")),
    row("400 `MALFORMED_QUERY`", answer(400, "MALFORMED_QUERY"), READ, fails("query_refused")),
    row("400 `QUERY_TOO_COMPLICATED`", answer(400, "QUERY_TOO_COMPLICATED"), READ, fails("query_refused")),
    row(
        "400 `INVALID_QUERY_LOCATOR`", answer(400, "INVALID_QUERY_LOCATOR"),
        PAGE, again("success read_in_slices"), RESULT, fails("locator_lost"),
    ),
    row("400 `QUERY_TIMEOUT`", answer(400, "QUERY_TIMEOUT"), BULK, again("query_timeout"), PAGE, again("success read_in_slices")),
    row("400 `OPERATION_TOO_LARGE`", answer(400, "OPERATION_TOO_LARGE"), BULK, fails("query_too_large"), PAGE, good("read_in_slices")),
    row("400 `INVALIDENTITY`", answer(400, "INVALIDENTITY"), ("Bulk create",), good("bulk_refused")),
    row("400 `INVALIDJOBSTATE`", answer(400, "INVALIDJOBSTATE"), NO_JOB, fails("query_refused")),
    row("a job that failed", {"type": "job_failed", "message": "InternalServerError"}, JOB, good("bulk_failed")),
    row("a job that was aborted", {"type": "job_aborted", "message": ""}, JOB, fails("job_aborted")),
    row("400 `UNABLE_TO_LOCK_ROW`", answer(400, "UNABLE_TO_LOCK_ROW"), API, again("http_status")),
    row("403 `TXN_SECURITY_METERING_ERROR`", answer(403, "TXN_SECURITY_METERING_ERROR"), READ, again("query_refused")),
    row("404 `UNSUPPORTED_API_VERSION`", answer(404, "UNSUPPORTED_API_VERSION"), API, fails("version_unsupported"), NO_JOB, fails("job_aborted")),
    row("500 `UNKNOWN_EXCEPTION`", answer(500, "UNKNOWN_EXCEPTION"), ALL, again("http_status")),
    row("503 `SERVER_UNAVAILABLE`", answer(503, "SERVER_UNAVAILABLE"), ALL, again("api_unavailable")),
    row("`invalid_grant`, expired", token("invalid_grant", "expired access/refresh token"), *REFUSED),
    row("`invalid_grant`, authentication failure", token("invalid_grant", "authentication failure"), *REFUSED),
    row("`invalid_grant`, already being processed", token("invalid_grant", "token request is already being processed"), LOGIN, again("login_refused")),
    row("`invalid_grant`, not on this domain", token("invalid_grant", "request not supported on this domain"), *REFUSED),
    row("`inactive_user`", token("inactive_user", "user is inactive"), *REFUSED),
    row("`inactive_org`", token("inactive_org"), *REFUSED),
    row("`invalid_client_id`", token("invalid_client_id"), *REFUSED),
    row("`invalid_client`", token("invalid_client"), *REFUSED),
    row("`rate_limit_exceeded`", token("rate_limit_exceeded", "login rate exceeded"), *REFUSED),
    row("`unsupported_grant_type`", token("unsupported_grant_type"), *REFUSED),
    row("`invalid_request`", token("invalid_request"), *REFUSED),
    row("400", empty(400), ALL, fails("http_status")),
    row("401", empty(401), API, again("session_expired"), LOGIN, fails("http_status")),
    row("403", empty(403), ALL, fails("http_status")),
    row("404", empty(404), ALL, fails("http_status"), NO_JOB, fails("job_aborted")),
    *(row(str(status), empty(status), ALL, again("http_status")) for status in (406, 420, 429, 500, 502, 503, 504)),
    row("409", empty(409), ALL, fails("http_status")),
    row("410", empty(410), ALL, fails("http_status")),
    row("429, `Retry-After: 1`", empty(429, Retry_After="1"), ALL, again("http_status")),
    row("429, `Retry-After: 3600`", empty(429, Retry_After="3600"), ALL, fails("http_status")),
    row("414, a web page", {"type": "html", "status": 414}, API, fails("query_refused")),
    row("431, a web page", {"type": "html", "status": 431}, API, fails("query_refused")),
    row("503, a web page", {"type": "maintenance", "status": 503}, *A_PAGE),
    row("200, a maintenance page", {"type": "maintenance", "status": 200}, *A_PAGE),
    row("302 to another instance", empty(302, Location="https://acme--moved.my.salesforce.com/services"), *MOVED),
    # Nobody listens there: who follows is told something else.
    row("302 to a foreign host", empty(302, Location="http://127.0.0.1:9/"), *MOVED),
    row("302 to itself", empty(302, Location="."), *MOVED),
    row("reset before the answer", {"type": "reset", "after_bytes": 0}, *BROKEN),
    row("reset within the body", {"type": "reset", "after_bytes": 20}, *BROKEN),
    row("cut short of its length", {"type": "truncate", "after_bytes": 30}, *BROKEN),
    row("cut, no length was told", {"type": "truncate", "after_bytes": 30, "unframed": True}, *SPOILT),
    row("damaged gzip", {"type": "corrupt_gzip"}, *BROKEN),
    row("72 MiB in little gzip", {"type": "bomb"}, *TOO_LARGE, PAGE, again("page_malformed"), RESULT, fails("page_malformed")),
    row("a body without an end", {"type": "endless"}, *TOO_LARGE, PAGE + RESULT, again("page_malformed")),
    row("another content type", {"type": "edit", "content_type": "text/plain"}, ALL, good(), PAGE, again("http_content"), RESULT, fails("http_content")),
    row("not JSON, not CSV", instead('{"x" "\n'), *SPOILT, RESULT, fails("page_malformed")),
    row("an empty body", instead(""), *SPOILT, RESULT, again("count_mismatch")),
    row("nested a thousand times", instead("[" * 1000 + "]" * 1000), *SPOILT, PAGE, fails("page_malformed")),
    row("more announced than sent", {"type": "wrong_count"}, PAGE, fails("count_mismatch"), RESULT, again("count_mismatch")),
    row("a job counts more than it sends", edit('"numberRecordsProcessed":', '"numberRecordsProcessed":1'), ("Bulk poll",), fails("count_mismatch", reads=True)),
    row("the page before once more", {"type": "repeat_page"}, PAGE + RESULT, again("page_malformed")),
    row("pages that lead in a circle", {"type": "loop"}, PAGE + RESULT, fails("page_malformed")),
    row(
        "another object's", edit('"object":"Contact"', '"object":"Lead"'),
        JOB, fails("http_content"),
        ("describe",), again("page_malformed", action=edit('"name":"Contact"', '"name":"Lead"')),
        PAGE, fails("page_malformed", action=edit('"type":"Contact"', '"type":"Lead"')),
        RESULT, fails("page_malformed", action=instead(LEAD)),
    ),
    row("without a field", edit('"LastName":', '"LstName":'), PAGE, fails("page_malformed", marked=True), RESULT, fails("page_malformed", action=edit('"LastName",', ""))),
    row("with a field too many", edit('"LastName":', '"Extra":1,"LastName":'), PAGE, good(), RESULT, fails("page_malformed", action=edit('"LastName",', '"LastName","Extra",'))),
]
