#!/usr/bin/env python3
"""Measures PhotoSafe under load, next to nginx with the same files, and prints a table.

    cargo build --release -p server && server/bench/load.py target/release/server

It needs wrk and nginx. Every row is measured in one run, in rounds in which the contenders
alternate, and is the median of the rounds. On a machine that does other work, compare the ratios.
Single rows are selected by their names: `load.py SERVER originals uploads`.
"""

import http.client
import json
import os
import re
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

ROUNDS = int(os.environ.get("ROUNDS", 3))
SECONDS = int(os.environ.get("SECONDS", 4))
ROWS = 100_000
SMALL, LARGE = 50_000, 3_300_000

# A grey JPEG of one pixel. A comment of any length makes it as long as a photo, and unique.
START = bytes.fromhex("ffd8")
REST = (
    bytes.fromhex("ffdb004300") + b"\x01" * 64
    + bytes.fromhex("ffc0000b080001000101011100")
    + bytes.fromhex("ffc40014000100000000000000000000000000000000")
    + bytes.fromhex("ffc40014100100000000000000000000000000000000")
    + bytes.fromhex("ffda0008010100003f003fffd9")
)

UPLOADS = """
local start, rest, thread, count = ..., nil, 0, 0
function setup(each) thread = thread + 1 each:set("number", thread) end
function init() start, rest, noise = STARTS, RESTS, string.rep("x", LENGTH) end
function request()
  count = count + 1
  local unique = string.format("%s %d %d ", STAMP, number, count)
  local comment = unique .. string.sub(noise, #unique + 1)
  local body = start .. comment .. rest
  return wrk.format("PUT", "/api/photos/" .. number .. "-" .. count .. ".jpg", wrk.headers, body)
end
"""


def photo(size, seed):
    """Returns a JPEG of about this size."""
    body, left = START, size
    while left > 0:
        length = min(left, 65_000)
        text = f"{seed} {left} ".encode().ljust(length, b"x")
        body += b"\xff\xfe" + (length + 2).to_bytes(2, "big") + text
        left -= length
    return body + REST


class Server:
    """A server on its own database and folder."""

    def __init__(self, program, home, *flags):
        self.program, self.home = program, home
        self.base = ["--database", f"{home}/photosafe.db", "--uploads", f"{home}/uploads"]
        self.run("user", "create", "bench", text="a long password of the bench\n")
        self.token = self.run("user", "token", "bench").split()[-1]
        limits = ["--max-connections", "1024", "--max-connections-per-address", "1024"]
        command = [program, *self.base, "--bind", "127.0.0.1:0", "--log", "warn", *limits, *flags]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.address = self.process.stdout.readline().split("//")[1].strip()
        while self.ask("GET", "/readyz")[0] != 200:
            time.sleep(0.05)

    def run(self, *arguments, text=""):
        command = [self.program, *self.base, *arguments]
        return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout

    @property
    def headers(self):
        return {"Authorization": f"Bearer {self.token}"}

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection(self.address, timeout=30)
        connection.request(method, path, body, self.headers)
        answer = connection.getresponse()
        return answer.status, answer.read()

    def memory(self, kind):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"{kind}:\s+(\d+) kB", status)[1]) / 1024

    def cpu(self):
        return cpu(self.process.pid)

    def stop(self):
        self.process.terminate()
        self.process.wait()


def cpu(process):
    """Returns the seconds of processor time that a process and its children used."""
    total = 0
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    for each in [process, *children]:
        fields = Path(f"/proc/{each}/stat").read_text().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


@contextmanager
def nginx(root):
    """Serves a folder with nginx."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = root.parent / "nginx"
    folder.mkdir()
    (folder / "logs").mkdir()
    user = "user root;" if os.geteuid() == 0 else ""
    temporary = " ".join(f"{kind}_temp_path {folder};" for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"])
    (folder / "conf").write_text(
        f"{user} daemon off; worker_processes 2; pid {folder}/pid; error_log {folder}/error;"
        f"events {{ worker_connections 2048; }} http {{ {temporary} access_log off; sendfile on; tcp_nopush on;"
        f"keepalive_requests 1000000; server {{ listen 127.0.0.1:{port}; root {root}; }} }}"
    )
    process = subprocess.Popen(["nginx", "-p", str(folder), "-c", str(folder / "conf")])
    time.sleep(0.5)
    try:
        yield f"127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        process.wait()


def wrk(address, path, headers=None, clients=64, script=None, seconds=SECONDS):
    """Returns the requests per second, and the p99 in milliseconds."""
    command = ["wrk", f"-t{min(2, clients)}", f"-c{clients}", f"-d{seconds}s", "--latency", "--timeout", "20s"]
    command += [part for name, value in (headers or {}).items() for part in ("-H", f"{name}: {value}")]
    command += ["-s", script] if script else []
    text = subprocess.run([*command, f"http://{address}{path}"], capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in text or "Socket errors" in text:
        print(f"<!-- {path}: {re.findall('Non-2xx.*|Socket errors.*', text)} -->")
    number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", text).groups()
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1])
    return rate, float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def median(rounds):
    return [statistics.median(column) for column in zip(*rounds)]


def originals(server, uploads):
    """Compares downloads of originals with nginx: requests per second, and processor time of each."""
    with nginx(uploads) as (other, pid):
        for label, size, aim in [("50 KB original, repeated", SMALL, 0.6), ("3.3 MB original", LARGE, 1.0)]:
            uuid, place = stored(server, uploads, size)
            # The server keeps only files in memory that have not changed for two seconds.
            time.sleep(3)
            ours, theirs = [], []
            for _ in range(ROUNDS):
                begun = server.cpu()
                rate, p99 = wrk(server.address, f"/api/photos/{uuid}/original", server.headers)
                ours.append((rate, p99, (server.cpu() - begun) / (rate * SECONDS)))
                begun = cpu(pid)
                rate, p99 = wrk(other, place)
                theirs.append((rate, p99, (cpu(pid) - begun) / (rate * SECONDS)))
            (rate, p99, time_each), (other_rate, _, other_each) = median(ours), median(theirs)
            ratio = statistics.median(a[0] / b[0] for a, b in zip(ours, theirs))
            row(
                label,
                f"{rate:,.0f}/s, p99 {p99:.0f} ms, {time_each * 1e6:.0f} µs of processor each",
                f"nginx {other_rate:,.0f}/s, {other_each * 1e6:.0f} µs",
                f"{ratio:.2f}",
                f"{aim}",
                ratio >= aim,
            )


def in_turn(server, _):
    """Measures originals of which each is requested once in a while, so that none stays in memory."""
    ids = []
    for number in range(1000):
        status, body = server.ask("PUT", f"/api/photos/{number}.jpg", photo(SMALL, f"number {number}"))
        assert status == 201, body
        ids.append(json.loads(body)["uuid"])
    script = Path(server.home) / "in-turn.lua"
    script.write_text(
        "local ids, next = {" + ",".join(f'"{uuid}"' for uuid in ids) + "}, 0\n"
        "function request() next = next % #ids + 1 return "
        'wrk.format("GET", "/api/photos/" .. ids[next] .. "/original") end\n'
    )
    rounds = []
    for _ in range(ROUNDS):
        begun = server.cpu()
        rate, p99 = wrk(server.address, "/", server.headers, script=str(script))
        rounds.append((rate, p99, (server.cpu() - begun) / (rate * SECONDS)))
    rate, p99, time_each = median(rounds)
    row("50 KB original, each of 1,000 in turn", f"{rate:,.0f}/s, p99 {p99:.0f} ms, {time_each * 1e6:.0f} µs of processor each", "", "", "", None)


def stored(server, uploads, size):
    """Uploads a photo, and returns its id and its path for nginx."""
    status, body = server.ask("PUT", f"/api/photos/{size}.jpg", photo(size, "original"))
    assert status in (200, 201), body
    data = json.loads(body)
    return data["uuid"], "/" + data["file_path"].split("/", 1)[1]


def lists(server, uploads):
    """Measures pages of a long list."""
    fill(server)
    for skip in [0, 50_000, 99_000]:
        rounds = [wrk(server.address, f"/api/photos/?skip={skip}&limit=100", server.headers, clients=1) for _ in range(ROUNDS)]
        _, p99 = median(rounds)
        row(f"list 100 of {ROWS:,}, skip {skip:,}, one client", f"p99 {p99:.1f} ms", "", "", "5 ms", p99 < 5)


def fill(server):
    """Adds rows like that of an upload, until there are enough."""
    server.ask("PUT", "/api/photos/row.jpg", photo(1000, "row"))
    database = sqlite3.connect(f"{server.home}/photosafe.db", timeout=60)
    changed = {
        "uuid": "printf('%08x-0000-4000-8000-%012x', n, n)",
        "original_filename": "printf('row %d.jpg', n)",
        "sha256": "printf('%064x', n)",
        "date": "datetime('2000-01-01', n || ' minutes') || '.000000'",
        "uploaded_at": "datetime('2000-01-01', n || ' minutes') || '.000000'",
    }
    columns = [f'"{name}"' for (_, name, *_) in database.execute("PRAGMA table_info(photos)")]
    values = [changed.get(name.strip('"'), f"photos.{name}") for name in columns]
    database.execute(
        f"WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {ROWS})"
        f"INSERT OR IGNORE INTO photos ({','.join(columns)}) SELECT {','.join(values)} FROM numbers, photos "
        "WHERE photos.original_filename = 'row.jpg'"
    )
    database.commit()
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


def upload_script(server):
    """Writes a script for wrk that uploads photos, each of them new."""
    length = SMALL - len(START) - len(REST) - 4
    marker = b"\xff\xfe" + (length + 2).to_bytes(2, "big")

    def lua(text):
        return '"' + "".join(f"\\{byte:03d}" for byte in text) + '"'

    script = UPLOADS.replace("STARTS", lua(START + marker)).replace("RESTS", lua(REST))
    script = script.replace("LENGTH", str(length)).replace("STAMP", f'"{time.time_ns()}"')
    path = Path(server.home) / f"uploads-{time.time_ns()}.lua"
    path.write_text(script)
    return str(path)


def uploads(server, folder):
    """Compares uploads with one program that writes and syncs the same files."""
    for clients in [1, 8, 64]:
        ours, by_hand = [], []
        for _ in range(ROUNDS):
            by_hand.append(written_by_hand(folder.parent / "by-hand"))
            ours.append(wrk(server.address, "/", server.headers, clients, upload_script(server)))
        rate, p99 = median(ours)
        ratio = statistics.median(a[0] / b for a, b in zip(ours, by_hand))
        hand = statistics.median(by_hand)
        row(f"uploads of 50 KB, {clients} clients", f"{rate:,.0f}/s, p99 {p99:.0f} ms", f"write and fsync {hand:,.0f}/s", f"{ratio:.2f}", "0.5", ratio >= 0.5)


def written_by_hand(folder):
    """Returns the files per second that one thread writes and syncs."""
    folder.mkdir()
    data, begun, count = photo(SMALL, "by hand"), time.monotonic(), 0
    while time.monotonic() - begun < 2:
        with open(folder / str(count), "wb", buffering=0) as file:
            file.write(data)
            os.fsync(file.fileno())
        count += 1
    rate = count / (time.monotonic() - begun)
    shutil.rmtree(folder)
    return rate


def mixed(server, _):
    """Measures the list while photos are uploaded."""
    rounds = []
    for _ in range(ROUNDS):
        command = ["wrk", "-t2", "-c8", f"-d{SECONDS + 1}s", "-s", upload_script(server)]
        command += ["-H", f"Authorization: Bearer {server.token}", f"http://{server.address}/"]
        uploading = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        time.sleep(0.5)
        listed = wrk(server.address, "/api/photos/?limit=100", server.headers, clients=1)
        uploaded = re.search(r"Requests/sec:\s+([\d.]+)", uploading.communicate()[0])
        rounds.append((*listed, float(uploaded[1])))
    rate, p99, uploaded = median(rounds)
    row("list of 100 while 8 clients upload", f"p99 {p99:.0f} ms, {rate:,.0f}/s", f"{uploaded:,.0f} uploads/s", "", "50 ms", p99 < 50)


def stalled(server, uploads):
    """Measures the memory of downloads whose clients do not read."""
    uuid, _ = stored(server, uploads, LARGE)
    head = f"GET /api/photos/{uuid}/original HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {server.token}\r\n\r\n"
    clients = []
    for _ in range(256):
        client = socket.create_connection(server.address.split(":"))
        client.sendall(head.encode())
        clients.append(client)
    time.sleep(3)
    memory = server.memory("VmRSS")
    row("256 stalled downloads of 3.3 MB", f"{memory:.0f} MB", "", "", "60 MB", memory < 60)
    for client in clients:
        client.close()


def rest(server, _):
    """Measures the memory of a server that has just started."""
    memory = server.memory("VmRSS")
    row("at rest", f"{memory:.0f} MB", "", "", "20 MB", memory < 20)


def row(*cells):
    *cells, holds = cells
    verdict = {True: "held", False: "**missed**", None: ""}[holds]
    print("| " + " | ".join([*cells, verdict]) + " |", flush=True)


def main():
    program, *names = sys.argv[1:]
    every = [rest, stalled, originals, in_turn, uploads, lists, mixed]
    print(f"Load average before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors.\n")
    print("| what | PhotoSafe | compared with | ratio | aim | |\n|---|---|---|---|---|---|")
    for measure in every:
        if names and measure.__name__ not in names:
            continue
        with tempfile.TemporaryDirectory(dir="target") as home:
            server = Server(os.path.abspath(program), os.path.abspath(home))
            try:
                measure(server, Path(home).absolute() / "uploads")
            finally:
                server.stop()
    print(f"\nLoad average after: {os.getloadavg()[0]:.1f}.")


main()
