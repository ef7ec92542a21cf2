"""A stand-in for CloudFront in front of a shop: it keeps public pages and says so, and can be set up wrong on purpose."""

import http.client
import threading
from http.server import BaseHTTPRequestHandler

from fake_aws import QuietServer

PERSONAL = ("/cart", "/checkout", "/orders", "/account", "/me", "/admin", "/api")
ENDED_HERE = ("connection", "transfer-encoding", "content-length", "server", "date")


class FakeEdge:
    def __init__(self, shop_port):
        self.shop_port = shop_port
        self.kept = {}
        self.fault = None
        self.server = QuietServer(("127.0.0.1", 0), handler_of(self))
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def begin(self, fault=None):
        """`fault`: keeps all, no cookies, keeps nothing, silent, broken, empty (a shop without categories); None: as it should be."""
        self.kept.clear()
        self.fault = fault

    def answer(self, request):
        if self.fault == "broken":
            return 502, [("Via", "1.1 fake.cloudfront.net (CloudFront)")], b"bad gateway", False
        key = (request.path, request.headers.get("If-None-Match"))
        if request.command == "GET" and key in self.kept:
            return *self.kept[key], True
        personal = request.path.startswith(PERSONAL)
        headers = {name: value for name, value in request.headers.items() if name.lower() != "connection"}
        if not personal or self.fault == "no cookies":
            headers.pop("Cookie", None)
        status, told, body = self.ask_shop(request, headers)
        if self.fault == "empty":
            body = body.replace(b'href="/c/', b'href="/nowhere/')
        if request.command == "GET" and self.keeps(dict(told), personal):
            self.kept[key] = (status, told, body)
        return status, told, body, False

    def keeps(self, told, personal):
        if self.fault in ("keeps nothing", "keeps all"):
            return self.fault == "keeps all"
        return not personal and "s-maxage" in told.get("cache-control", told.get("Cache-Control", ""))

    def ask_shop(self, request, headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.shop_port, timeout=30)
        # Like CloudFront before a shop whose own address is the edge's: the Host is the visitor's.
        connection.request(request.command, request.path, request.body, headers)
        answer = connection.getresponse()
        told = [(name, value) for name, value in answer.getheaders() if name.lower() not in ENDED_HERE]
        return answer.status, told, answer.read()


def handler_of(edge):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # An answer goes out as one packet: two would wait for each other.
        wbufsize = -1

        def answer(self):
            self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, told, body, hit = edge.answer(self)
            self.send_response(status)
            for name, value in told:
                self.send_header(name, value)
            if edge.fault != "silent":
                self.send_header("Via", "1.1 fake.cloudfront.net (CloudFront)")
                self.send_header("X-Cache", "Hit from cloudfront" if hit else "Miss from cloudfront")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body if status != 304 else b"")

        do_GET = do_POST = answer

        def log_message(self, *_):
            pass

    return Handler
