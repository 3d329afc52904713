#!/usr/bin/env python3
"""endpoint.py FOLDER: an OpenAI-compatible endpoint that writes down what it is asked (FOLDER/asked.N) and answers with FOLDER/answer; its port goes to FOLDER/port. It ends after two minutes."""
import http.server
import pathlib
import sys
import threading

folder = pathlib.Path(sys.argv[1])


class Endpoint(http.server.BaseHTTPRequestHandler):
    count = 0

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        Endpoint.count += 1
        (folder / f"asked.{Endpoint.count}").write_bytes(f"{self.path} {self.headers['Content-Type']} {self.headers['Authorization']}\n".encode() + body)
        answer = (folder / "answer").read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Endpoint)
threading.Timer(120, server.shutdown).start()
(folder / "port.new").write_text(str(server.server_address[1]))
(folder / "port.new").rename(folder / "port")
server.serve_forever()
