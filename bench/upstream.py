"""The upstream APIs behind every measured server: nginx with static JSON, on a port of its own."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from bench.debian import Program
from bench.posts import LIKE_TEMPLATE, POST_TEMPLATE, USER_TEMPLATE, listed_posts
from bench.processes import Server, free_port, running

# Started by root, nginx would read our private folder as nobody; anyone else's nginx ignores `user`.
_CONFIG = """
user root root; daemon off; pid {folder}/pid; worker_processes 2;
events {{ worker_connections 4096; }}
http {{
  access_log off; default_type application/json; keepalive_requests 1000000000;
  sendfile on; open_file_cache max=16;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    # Without validators: Apollo's data source would keep an answer that has a date and ask no more.
    location = /posts {{ alias {folder}/posts.json; etag off; add_header Last-Modified ""; }}
    location ~ ^/posts/(\\d+)$ {{ return 200 '{post}'; }}
    location ~ ^/posts/(\\d+)/like$ {{ return 200 '{like}'; }}
    location ~ ^/users/(\\d+)$ {{ return 200 '{user}'; }}
    location = /status {{ stub_status; }}
  }}
}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream:
    """The running nginx."""

    url: str
    server: Server

    def calls(self) -> int:
        """Requests answered so far, by nginx's own count (this question is one of them)."""
        answer = httpx.get(f"{self.url}/status", trust_env=False)
        return int(answer.text.splitlines()[2].split()[2])


@contextmanager
def serving_upstream(nginx: Program, scratch: Path) -> Generator[Upstream]:
    """Run nginx with every file it writes below `scratch`."""
    folder = scratch / "upstream"
    folder.mkdir()
    (folder / "posts.json").write_text(json.dumps(listed_posts(), separators=(",", ":")))
    port = free_port()
    config = folder / "nginx.conf"
    config.write_text(nginx_config(folder, port=port))
    command = [nginx.path, "-e", "stderr", "-p", str(folder), "-c", str(config)]
    url = f"http://127.0.0.1:{port}"
    with running("nginx", command, env=nginx.env, log=folder / "log") as server:
        server.wait_until_answers(f"{url}/status")
        yield Upstream(url=url, server=server)


def nginx_config(folder: Path, *, port: int) -> str:
    """The whole configuration: the number in the URL fills the templates."""
    return _CONFIG.format(
        folder=folder,
        port=port,
        post=POST_TEMPLATE.replace("ID", "$1").replace("USER", "$1"),
        user=USER_TEMPLATE.replace("ID", "$1"),
        like=LIKE_TEMPLATE.replace("ID", "$1"),
    )
