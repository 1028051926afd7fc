"""The data of the public GraphQL benchmark (posts with users): one template serves nginx and the checks."""

import json

POSTS = 100
POSTS_PER_USER = 10
GREETING = "Hello World!"

# ID stands for the number: nginx puts the one of the URL there.
POST_TEMPLATE = (
    '{"id":ID,"userId":USER,"title":"Post ID: where a bike is left",'
    '"body":"Park inside the marked area, close the lock by hand and wait for the tone. '
    'Outside the area the ride goes on and so does the fee; ID."}'
)
USER_TEMPLATE = (
    '{"id":ID,"name":"Rider ID","username":"rider.ID","email":"rider.ID@bikes.example",'
    '"phone":"1380013ID","website":"rider-ID.example",'
    '"address":{"street":"Chaoyangmen Outer Street","suite":"Apt. ID","city":"Beijing","zipcode":"100020",'
    '"geo":{"lat":"39.9219","lng":"116.4551"}},'
    '"company":{"name":"Rides ID","catchPhrase":"A bike at every corner","bs":"share and ride"}}'
)
LIKE_TEMPLATE = '{"id":ID,"likes":7}'


def post_of(number: int, *, user: int) -> dict[str, object]:
    """Post `number` as the upstream serves it."""
    return json.loads(POST_TEMPLATE.replace("ID", str(number)).replace("USER", str(user)))


def user_of(number: int) -> dict[str, object]:
    """User `number` as the upstream serves it."""
    return json.loads(USER_TEMPLATE.replace("ID", str(number)))


def listed_posts() -> list[dict[str, object]]:
    """What `GET /posts` answers: each user wrote POSTS_PER_USER of them."""
    return [post_of(number, user=author_of(number)) for number in range(1, POSTS + 1)]


def author_of(number: int) -> int:
    """The author of a listed post. (`GET /posts/{id}` names user {id}: there nothing shall be shared.)"""
    return (number - 1) // POSTS_PER_USER + 1


def picked(document: dict[str, object], *names: str) -> dict[str, object]:
    """The fields a query asks for, in its order."""
    return {name: document[name] for name in names}
