"""No server is measured before it has answered rightly."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from bench.http_cases import Case, Question, check_answers
from bench.model import BenchFailure

_CASE = Case(
    name="double",
    questions=[
        Question(query="query($n: Int!) { double(n: $n) }", variables={"n": n}, data={"double": 2 * n})
        for n in range(1_000)
    ],
)


class _Doubler(BaseHTTPRequestHandler):
    """Doubles numbers; wrongly from 500 on under /broken, and as an HTTP error under /failing."""

    def do_POST(self) -> None:
        number: int = json.loads(self.rfile.read(int(self.headers["content-length"])))["variables"]["n"]
        broken = self.path == "/broken" and number >= 500
        body = json.dumps({"data": {"double": 0 if broken else 2 * number}}).encode()
        self.send_response(502 if self.path == "/failing" else 200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it overrides
        """Say nothing."""


@pytest.fixture(scope="module")
def doubler() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Doubler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_right_answers_give_their_mean_size(doubler: str) -> None:
    assert len(b'{"data": {"double": 0}}') <= check_answers("peer", f"{doubler}/", _CASE) < 30


def test_one_wrong_answer_among_many_questions_is_found(doubler: str) -> None:
    with pytest.raises(BenchFailure, match=r"peer answers double wrongly \(HTTP 200\)"):
        check_answers("peer", f"{doubler}/broken", _CASE)


def test_a_right_body_with_an_error_status_is_refused(doubler: str) -> None:
    with pytest.raises(BenchFailure, match=r"peer answers double wrongly \(HTTP 502\)"):
        check_answers("peer", f"{doubler}/failing", _CASE)
