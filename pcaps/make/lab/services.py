# SPDX-License-Identifier: Apache-2.0
"""Servers of the pretended Internet: dnsmasq, nginx, and certificates made by openssl.

Each class gathers what the story declares and starts one real program. Bodies given as text are
answered to any method; bytes are files to download.
"""
import os
import subprocess

from .network import must

PAGE = "<!doctype html><title>ok</title><p>ok</p>"


class Authority:
    """A certificate authority that signs one P-256 leaf per name, valid for 90 days of story time."""

    def __init__(self, folder, clock):
        self.folder, self.environment = folder, dict(os.environ, **clock.environment())
        self.certificate = self._path("authority.crt")
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                      "-keyout", self._path("authority.key"), "-out", self.certificate,
                      "-days", "3650", "-subj", "/O=Laboratory/CN=Laboratory Root")

    def issue(self, name):
        """Make NAME.crt and NAME.key in the folder; returns their paths."""
        key, request, leaf = (self._path(name + end) for end in (".key", ".csr", ".crt"))
        self._openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                      "-keyout", key, "-out", request, "-subj", "/CN=" + name[:64],
                      "-addext", "subjectAltName=DNS:" + name)
        self._openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey",
                      self._path("authority.key"), "-days", "90", "-copy_extensions", "copy",
                      "-out", leaf)
        return leaf, key

    def _path(self, name):
        return os.path.join(self.folder, name)

    def _openssl(self, *words):
        must("openssl", *words, env=self.environment, stderr=subprocess.DEVNULL)


class Resolver:
    """dnsmasq. Knows the names it was told, answers NXDOMAIN to all others, or asks `upstream`."""

    def __init__(self, host, folder, upstream=None):
        self.host, self.path = host, os.path.join(folder, f"dnsmasq-{host.name}.conf")
        self.lines = ["no-hosts", "no-resolv", "no-negcache", "user=root", "pid-file=",
                      "local-ttl=300", f"server={upstream}" if upstream else "local=/#/"]

    def address(self, name, address):
        self.lines.append(f"host-record={name},{address}")

    def alias(self, name, target):
        self.lines.append(f"cname={name},{target}")

    def start(self):
        with open(self.path, "w") as out:
            out.write("\n".join(self.lines) + "\n")
        self.host.start("dnsmasq", "--keep-in-foreground", "-C", self.path, udp=53)


class Web:
    """nginx with one server block per site."""

    HEAD = """daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/nginx.log;
events {{ }}
http {{
    access_log off; server_tokens off; default_type text/html; server_names_hash_bucket_size 128;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
    uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s; keepalive_timeout 5;
"""

    def __init__(self, host, folder, authority):
        self.host, self.folder, self.authority = host, folder, authority
        self.blocks, self.port, self.files = [], None, 0

    def site(self, name, address, port, routes, tls, gzip):
        """One site. `tls`: allowed versions in nginx's words, or None for plain HTTP; `gzip`: answers are packed."""
        literal = f"[{address}]" if ":" in address else address
        lines = [f"listen {literal}:{port}{' ssl http2' if tls else ''};", f"server_name {name};"]
        if gzip:
            lines += ["gzip on; gzip_min_length 1;"]
        if tls:
            leaf, key = self.authority.issue(name)
            lines += [f"ssl_certificate {leaf}; ssl_certificate_key {key}; ssl_protocols {tls};"]
        lines += [self._location(path, body) for path, body in {"/": PAGE, **routes}.items()]
        self.blocks.append("    server {\n        " + "\n        ".join(lines) + "\n    }\n")
        self.port = port

    def _location(self, path, body):
        if isinstance(body, bytes):
            self.files += 1
            file = os.path.join(self.folder, f"file{self.files}")
            with open(file, "wb") as out:
                out.write(body)
            return f"location = {path} {{ default_type application/octet-stream; alias {file}; }}"
        kind = "application/json" if body[:1] in "{[" else "text/html"
        return f"location {path} {{ default_type {kind}; return 200 '{body}'; }}"

    def start(self):
        if not self.blocks:
            return
        path = os.path.join(self.folder, "nginx.conf")
        with open(path, "w") as out:
            out.write(self.HEAD.format(folder=self.folder) + "".join(self.blocks) + "}\n")
        self.host.start("nginx", "-c", path, tcp=self.port)
