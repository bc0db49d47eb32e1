# SPDX-License-Identifier: Apache-2.0
"""Targets behind TLS: a private authority, a name of its own, a certificate of who asks, and what is wrong in a sentence."""
import contextlib
import http.server
import json
import re
import ssl
import subprocess
import threading

from harness import Home, Session, check, fixture, run

DCGM = fixture("documented-dcgm-exporter/t1.txt")


def openssl(folder, *words):
    done = subprocess.run(["openssl", *map(str, words)], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    check(done.returncode == 0, f"openssl {' '.join(map(str, words))}: {done.stderr}")


class Authority:
    """An authority of a test, in a folder of its own."""

    def __init__(self, folder, name):
        self.folder, self.name = folder, name
        openssl(folder, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", 30,
                "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.pem")
        self.file = folder / f"{name}.pem"

    def sign(self, name, *alternatives, days=10):
        """(certificate, key) for the alternative names; less than 0 days: it has ended."""
        (self.folder / f"{name}.ext").write_text(f"subjectAltName={','.join(alternatives)}\n")
        openssl(self.folder, "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
        openssl(self.folder, "x509", "-req", "-in", f"{name}.csr", "-CA", self.file, "-CAkey", f"{self.name}.key",
                "-CAcreateserial", "-days", days, "-extfile", f"{name}.ext", "-out", f"{name}.crt")
        return self.folder / f"{name}.crt", self.folder / f"{name}.key"


@contextlib.contextmanager
def secure(pair, clients=None):
    """A TLS server with one good page; `clients`: the authority that who asks must be signed by. -> (port, what it saw)"""
    seen = []

    class Answer(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            seen.append((self.headers["Host"], self.headers.get("Authorization")))
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(DCGM)))
            self.end_headers()
            self.wfile.write(DCGM)

        def log_message(self, *args):
            pass

    class Server(http.server.ThreadingHTTPServer):
        daemon_threads = True

        def get_request(self):
            connection, address = super().get_request()
            # The handshake is made by the thread of the connection, so that one that hangs holds up nobody.
            return self.context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

        def handle_error(self, request, client_address):
            pass

    server = Server(("127.0.0.1", 0), Answer)
    server.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.context.load_cert_chain(*pair)
    server.context.sni_callback = lambda _, name, __: seen.append(("name", name))
    if clients:
        server.context.verify_mode = ssl.CERT_REQUIRED
        server.context.load_verify_locations(clients.file)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1], seen
    finally:
        server.shutdown()
        server.server_close()


def configuration(home, port, *lines):
    tls = "".join(f"        {line}\n" for line in lines)
    return home.write_config(
        f"sources:\n  - scrape:\n      targets: [\"https://127.0.0.1:{port}/metrics\"]\n      interval: 1\n"
        + (f"      tls:\n{tls}" if lines else ""))


def answers(home):
    report = json.loads(run("status", "--json", "--interval", "0.5", home=home).stdout)
    return report["nodes"]["total"] == 1 and report["dead_targets"] == []


def refused(home, words):
    done = run("status", "--interval", "0.5", home=home, status=69)
    check(re.search(words, done.stderr) and len(done.stderr.strip().splitlines()) == 1, f"no {words!r}: {done.stderr!r}")


def test_a_private_authority_and_each_certificate_that_is_wrong():
    with Home() as home:
        authority, other = Authority(home.path, "ours"), Authority(home.path, "others")
        good = authority.sign("good", "IP:127.0.0.1")
        with secure(good) as (port, seen):
            configuration(home, port, f"ca_file: {authority.file}")
            check(answers(home), "a target whose authority is named does not answer")
            configuration(home, port)
            refused(home, "this host does not trust: name who signed it in tls.ca_file")
            configuration(home, port, f"ca_file: {other.file}")
            del seen[:]
            refused(home, rf"nobody in {other.file} \(tls.ca_file\) signed")
            check(all(what == "name" for what, _ in seen), f"something was asked of a target that is not trusted: {seen}")
            # Beside the configuration, and the doctor says the same.
            configuration(home, port, "ca_file: ours.pem")
            (home.config / "tokenworks/ours.pem").write_bytes(authority.file.read_bytes())
            check(answers(home), "a relative ca_file is not looked for beside the configuration")
            check("gives" in run("doctor", home=home).stdout, "the doctor does not use tls")
        with secure(authority.sign("old", "IP:127.0.0.1", days=-1)) as (port, _):
            configuration(home, port, f"ca_file: {authority.file}")
            refused(home, r"has a certificate that ended on 20\d\d-\d\d-\d\d: it must be renewed")
        with secure(authority.sign("named", "DNS:gpu07.example.com")) as (port, seen):
            configuration(home, port, f"ca_file: {authority.file}")
            refused(home, "has a certificate for gpu07.example.com, not for 127.0.0.1: .*tls.server_name")
            configuration(home, port, f"ca_file: {authority.file}", "server_name: gpu07.example.com")
            del seen[:]
            check(answers(home), "server_name does not help")
            check(("name", "gpu07.example.com") in seen and (f"127.0.0.1:{port}", None) in seen, str(seen))
            configuration(home, port, f"ca_file: {authority.file}", "server_name: gpu08.example.com")
            refused(home, "has a certificate for gpu07.example.com, not for gpu08.example.com")


def test_a_target_that_wants_to_know_who_asks():
    with Home() as home:
        authority, other = Authority(home.path, "ours"), Authority(home.path, "others")
        mine, strange = authority.sign("mine", "DNS:console"), other.sign("strange", "DNS:console")
        with secure(authority.sign("good", "IP:127.0.0.1"), clients=authority) as (port, _):
            trust = f"ca_file: {authority.file}"
            configuration(home, port, trust, f"cert_file: {mine[0]}", f"key_file: {mine[1]}")
            check(answers(home), "a target that wants a certificate does not answer who shows one")
            configuration(home, port, trust)
            refused(home, "asks for a certificate of who asks: give tls.cert_file and tls.key_file")
            configuration(home, port, trust, f"cert_file: {strange[0]}", f"key_file: {strange[1]}")
            refused(home, "does not take the certificate")


def test_files_of_tls_that_are_wrong_are_named_with_their_key():
    with Home() as home:
        authority = Authority(home.path, "ours")
        pair, other = authority.sign("a", "DNS:a"), authority.sign("b", "DNS:b")
        nothing = home.path / "nothing.pem"
        nothing.write_text("no certificate\n")
        for lines, words in (
                (["ca_file: /nowhere/ca.pem"], "tls.ca_file: /nowhere/ca.pem: No such file"),
                ([f"ca_file: {nothing}"], f"tls.ca_file: {nothing}: holds no certificate in PEM"),
                ([f"cert_file: {pair[0]}", f"key_file: {nothing}"], f"tls.key_file: {nothing}: is no private key"),
                ([f"cert_file: {pair[0]}", f"key_file: {other[1]}"], f"{other[1]}: is not the key of the certificate in {pair[0]}")):
            path = configuration(home, 1, *lines)
            said = run("config", "check", home=home, status=65).stderr
            check(words in said and f"{path}:5: sources[0].scrape.tls" in said, f"no {words!r}: {said!r}")
            said = run("status", home=home, status=65).stderr
            check(words in said, f"no {words!r}: {said!r}")
        configuration(home, 1, "insecure_skip_verify: true")
        said = run("status", home=home, status=78).stderr
        check("unknown key" in said and "ca_file, cert_file, key_file, server_name" in said, said)


def test_a_certificate_that_is_renewed_holds_at_once():
    with Home() as home:
        authority, new = Authority(home.path, "ours"), Authority(home.path, "new")
        trusted = home.path / "trusted.pem"
        trusted.write_bytes(new.file.read_bytes())
        with secure(authority.sign("good", "IP:127.0.0.1")) as (port, _):
            configuration(home, port, f"ca_file: {trusted}")
            with Session(home=home) as session:
                session.expect("DEAD!", "nobody in")
                trusted.write_bytes(authority.file.read_bytes() + new.file.read_bytes())
                session.expect("answers again", "GPU-Node-07").quit()
