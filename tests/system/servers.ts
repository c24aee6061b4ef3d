/** Small servers, as programs for Python. */

import { PEER_ADDRESS } from "./guest.ts";

/** A web page that says where it is served. */
export function page(address: string, words: string): string {
  return `
import http.server

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"${words}")
    def log_message(self, *_): pass
http.server.HTTPServer(("${address}", 8000), Handler).serve_forever()`;
}

/** Answers every question with the same address, which is nobody's. */
export const NAME_SERVER = `
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("${PEER_ADDRESS}", 53))
while True:
    q, a = s.recvfrom(512)
    end = q.index(0, 12) + 5
    s.sendto(q[:2] + b"\\x84\\0\\0\\x01\\0\\x01\\0\\0\\0\\0" + q[12:end] +
        b"\\xc0\\x0c\\0\\x01\\0\\x01\\0\\0\\0\\0\\0\\x04\\xcb\\0\\x71\\x35", a)`;
