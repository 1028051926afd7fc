"""W2: nothing to share: every request asks for another post, or changes one."""

from functools import partial

from bench.http_cases import Case, Question, measure_http
from bench.model import Gate, Workload
from bench.posts import picked, post_of, user_of

_IDS = range(1, 10_001)
_POST = "query($id: Int!) { post(id: $id) { title user { name } } }"
_LIKE = "mutation($id: Int!) { like(id: $id) { id likes } }"


def _post(number: int) -> Question:
    data = picked(post_of(number, user=number), "title") | {"user": picked(user_of(number), "name")}
    return Question(query=_POST, variables={"id": number}, data={"post": data})


def _like(number: int) -> Question:
    return Question(query=_LIKE, variables={"id": number}, data={"like": {"id": number, "likes": 7}})


_CASES = (
    Case(name="post-by-id", questions=[_post(number) for number in _IDS]),
    Case(name="like", questions=[_like(number) for number in _IDS]),
)

_LIMIT = "bare-calls"

W2 = Workload(
    name="w2",
    title="10,000 different posts, two dependent calls each; 10,000 mutations",
    peers=(
        "paifang",
        "paifang-uncounted",
        "tailcall",
        "graphql-jit",
        "graphql-jit-lean",
        "apollo",
        "strawberry",
        "bare-calls",
    ),
    measure=partial(measure_http, cases=_CASES),
    gates=(
        *(Gate(case=case.name, peer="tailcall", at_least=0.6) for case in _CASES),
        *(Gate(case=case.name, peer="graphql-jit", at_least=5, limit=_LIMIT) for case in _CASES),
        Gate(case="post-by-id", figure="upstream_calls", at_most=2.01),
        Gate(case="like", figure="upstream_calls", at_most=1.01),
        *(Gate(case=case.name, peer="tailcall", at_least=1.0, goal=True, limit=_LIMIT) for case in _CASES),
        *(
            Gate(case=case.name, peer="graphql-jit-lean", at_least=5, goal=True, limit=_LIMIT)
            for case in _CASES
        ),
    ),
)
