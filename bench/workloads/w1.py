"""W1: the field's public benchmark, posts with their users; much to share between requests."""

from functools import partial

from bench.http_cases import Case, Question, measure_http
from bench.model import Gate, Workload
from bench.posts import GREETING, author_of, listed_posts, picked, user_of


def _posts_with_users() -> list[dict[str, object]]:
    return [
        picked(post, "id", "userId", "title")
        | {"user": picked(user_of(author_of(place)), "id", "name", "email")}
        for place, post in enumerate(listed_posts(), start=1)
    ]


_CASES = (
    Case(name="greet", questions=[Question(query="{ greet }", data={"greet": GREETING})]),
    Case(
        name="posts",
        questions=[
            Question(
                query="{ posts { title } }", data={"posts": [picked(one, "title") for one in listed_posts()]}
            )
        ],
    ),
    Case(
        name="posts-user",
        questions=[
            Question(
                query="{ posts { id userId title user { id name email } } }",
                data={"posts": _posts_with_users()},
            )
        ],
    ),
)
# A greeting makes no upstream call: 15 times a Node server's is beyond the bare handler, so no gate asks it.
_OTHERS = ("graphql-jit", "apollo", "strawberry")

W1 = Workload(
    name="w1",
    title="posts with users, 100 by 10",
    peers=(
        "paifang",
        "tailcall",
        "graphql-jit",
        "graphql-jit-undici",
        "apollo",
        "strawberry",
        "bare-rsgi",
        "bare-asgi",
    ),
    measure=partial(measure_http, cases=_CASES),
    gates=(
        Gate(case="posts-user", peer="tailcall", at_least=0.55),
        Gate(case="posts", peer="tailcall", at_least=0.4),
        Gate(case="greet", peer="tailcall", at_least=0.35),
        *(Gate(case=case, peer=peer, at_least=15) for case in ("posts-user", "posts") for peer in _OTHERS),
        Gate(case="posts-user", figure="upstream_calls", at_most=11),
        Gate(case="posts-user", peer="tailcall", at_least=1.0, goal=True),
        Gate(case="posts", peer="tailcall", at_least=0.7, goal=True),
        Gate(case="greet", peer="tailcall", at_least=0.5, goal=True),
    ),
)
