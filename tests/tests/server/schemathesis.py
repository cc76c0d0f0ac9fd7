"""Hooks for Schemathesis: most requests name photos, albums, links and tokens that exist.

Schemathesis invents every key, so almost all answers would be 404. Every eighth request stays as
it is. What a request may delete or change is created for it.
"""

import atexit
import itertools
import json
import time
import urllib.request

import schemathesis

# A grey JPEG of one pixel. A comment makes each one another photo.
START = bytes.fromhex("ffd8fffe0006")
REST = (
    bytes.fromhex("ffdb004300") + b"\x01" * 64
    + bytes.fromhex("ffc0000b080001000101011100")
    + bytes.fromhex("ffc40014000100000000000000000000000000000000")
    + bytes.fromhex("ffc40014100100000000000000000000000000000000")
    + bytes.fromhex("ffda0008010100003f003fffd9")
)

requests = itertools.count()
photos = itertools.count()
known = []


class Server:
    """The server, for requests next to those of Schemathesis."""

    def __init__(self, context, case):
        self.base = case.operation.base_url.rstrip("/")
        self.authorization = case.headers["Authorization"]

    def ask(self, method, path, body=None):
        data = json.dumps(body).encode() if isinstance(body, dict) else body
        kind = "application/json" if isinstance(body, dict) else "application/octet-stream"
        headers = {"Authorization": self.authorization, "Content-Type": kind}
        request = urllib.request.Request(self.base + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def photo(self):
        name = next(photos)
        return self.ask("PUT", f"/api/photos/known-{name}.jpg", image(name))["uuid"]

    def trashed(self):
        uuid = self.photo()
        self.ask("DELETE", f"/api/photos/{uuid}/")
        return uuid

    def album(self):
        uuid = self.photo()
        return self.ask("POST", "/api/albums", {"title": "Known", "photos": [uuid]})["uuid"], uuid

    def share(self):
        album, photo = self.album()
        share = self.ask("POST", f"/api/albums/{album}/shares", {"days": 1})
        return share["id"], share["url"].rsplit("/", 1)[1], photo

    def shown(self):
        """Returns a shared photo whose thumbnails are made."""
        if not known:
            known.append(self.share())
            path = f"/api/photos/{known[0][2]}/"
            while self.ask("GET", path)["thumbnail_state"] == "pending":
                time.sleep(0.05)
        return known[0]

    def token(self):
        name = f"token {next(photos)}"
        self.ask("POST", "/api/auth/tokens", {"name": name, "days": 1})
        tokens = self.ask("GET", "/api/auth/tokens")
        return next(token["id"] for token in tokens if token["name"] == name)


def image(number):
    return START + number.to_bytes(4, "big") + REST


@schemathesis.hook
def before_call(context, case, kwargs):
    """Replaces keys by known ones."""
    path, keys, body = case.operation.path, case.path_parameters, case.body
    if next(requests) % 8 == 7:
        return
    server = Server(context, case)
    if path.startswith("/api/shared/"):
        _, keys["token"], photo = server.shown()
        if "{key}" in path:
            keys["key"] = photo
    elif path.startswith("/api/shares/"):
        keys["key"] = server.share()[0]
    elif path.startswith("/api/auth/tokens/"):
        keys["key"] = server.token()
    elif path.startswith("/api/trash/") or path.endswith("/restore"):
        keys["key"] = server.trashed()
    elif path.startswith("/api/albums/{key}"):
        keys["key"], photo = server.album()
        if isinstance(body, dict) and isinstance(body.get("photos"), list):
            body["photos"].append(photo)
    elif path == "/api/photos/{key}" and case.method.upper() == "PUT":
        case.body = image(next(photos))
    elif path.startswith("/api/photos/{key}/thumbnail"):
        keys["key"] = server.shown()[2]
    elif path.startswith("/api/photos/{key}"):
        keys["key"] = server.photo()
    elif isinstance(body, dict) and isinstance(body.get("uuids"), list):
        album, photo = server.album()
        body["uuids"] = [photo]
        if "album" in body:
            body["album"] = album


# The number of requests after which an operation must have succeeded.
ENOUGH = 8

statuses = {}


@schemathesis.hook
def after_call(context, case, response):
    """Notes the status. Requests with another method are not for the operation."""
    operation = case.operation
    if case.method.upper() == operation.method.upper():
        statuses.setdefault(f"{operation.method.upper()} {operation.path}", []).append(response.status_code)


@atexit.register
def report():
    """Lists the operations that never succeeded."""
    with open("unreached", "w") as file:
        for name, found in sorted(statuses.items()):
            if len(found) >= ENOUGH and min(found) >= 400:
                print(name, sorted(set(found)), file=file)
