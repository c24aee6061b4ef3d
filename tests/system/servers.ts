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

/** Asks snmpd of this host for its name, and prints the answer. */
export const ASK_SNMP = `
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(2)
s.sendto(bytes.fromhex("302602010104067075626c6963a019020101020100020100300e300c06082b060102010105000500"),
    ("127.0.0.1", 161))
print(s.recv(512).decode("latin-1"))`;

/** Prints the address of the router that announces itself first (RFC 5798). */
export const VRRP_LISTENER = `
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 112)
s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
    socket.inet_aton("224.0.0.18") + socket.inet_aton("${PEER_ADDRESS}"))
print(s.recvfrom(512)[1][0])`;

/** Prints the first datagram that comes to WireGuard's port. */
export const FIRST_DATAGRAM = `
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("${PEER_ADDRESS}", 51820))
print(s.recv(2048))`;
