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
_OTHERS = ("graphql-jit", "apollo", "strawberry")
_FIRST = {"posts-user": 0.55, "posts": 0.4, "greet": 0.35}  # times Tailcall
_GOAL = {"posts-user": 1.0, "posts": 0.7, "greet": 0.5}

W1 = Workload(
    name="w1",
    title="posts with users, 100 by 10",
    peers=(
        "paifang",
        "paifang-uncounted",
        "tailcall",
        "graphql-jit",
        "graphql-jit-lean",
        "apollo",
        "strawberry",
        "bare-rsgi",
        "bare-asgi",
    ),
    measure=partial(measure_http, cases=_CASES),
    gates=(
        *(Gate(case=case, peer="tailcall", at_least=times) for case, times in _FIRST.items()),
        *(Gate(case=case, peer=peer, at_least=15) for case in _FIRST for peer in _OTHERS),
        Gate(case="posts-user", figure="upstream_calls", at_most=11),
        *(Gate(case=case, peer="tailcall", at_least=times, goal=True) for case, times in _GOAL.items()),
        *(Gate(case=case, peer="bare-rsgi", at_least=0.75, goal=True) for case in _GOAL),
        *(Gate(case=case, peer="paifang-uncounted", at_least=0.97, goal=True) for case in _GOAL),
        *(Gate(case=case, peer="graphql-jit-lean", at_least=15, goal=True) for case in _GOAL),
    ),
)
