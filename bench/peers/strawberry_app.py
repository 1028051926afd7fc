"""Plain Strawberry + FastAPI + httpx, as tutorials put them together, with their DataLoader."""

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TypedDict

import httpx
import strawberry
from fastapi import FastAPI
from strawberry.dataloader import DataLoader
from strawberry.fastapi import GraphQLRouter


class _Context(TypedDict):
    client: httpx.AsyncClient
    users: DataLoader[int, "User"]


Info = strawberry.Info[_Context, None]


@strawberry.type
class User:
    id: int
    name: str
    email: str


@strawberry.type
class Post:
    id: int
    user_id: int
    title: str

    @strawberry.field
    async def user(self, info: Info) -> User | None:
        return await info.context["users"].load(self.user_id)


@strawberry.type
class Like:
    id: int
    likes: int


@strawberry.type
class Query:
    @strawberry.field
    async def posts(self, info: Info) -> list[Post] | None:
        answer = await info.context["client"].get("/posts")
        return [_post_of(item) for item in answer.json()]

    @strawberry.field
    async def post(self, info: Info, id: int) -> Post | None:  # noqa: A002 - the name clients use
        answer = await info.context["client"].get(f"/posts/{id}")
        return _post_of(answer.json())

    @strawberry.field
    def greet(self) -> str:
        return "Hello World!"


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def like(self, info: Info, id: int) -> Like | None:  # noqa: A002 - the name clients use
        answer = await info.context["client"].post(f"/posts/{id}/like")
        return Like(**answer.json())


class _PostDocument(TypedDict):
    id: int
    userId: int
    title: str
    body: str


def _post_of(document: _PostDocument) -> Post:
    return Post(id=document["id"], user_id=document["userId"], title=document["title"])


def create_app() -> FastAPI:
    """The application; one httpx client for its life, one DataLoader for each request."""
    client = httpx.AsyncClient(base_url=os.environ["UPSTREAM_URL"])

    async def load_user(number: int) -> User:
        document = (await client.get(f"/users/{number}")).json()
        return User(id=document["id"], name=document["name"], email=document["email"])

    async def load_users(numbers: list[int]) -> list[User]:
        return await asyncio.gather(*map(load_user, numbers))

    async def open_context() -> _Context:
        return {"client": client, "users": DataLoader(load_fn=load_users)}

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncGenerator[None]:
        async with client:
            yield

    app = FastAPI(lifespan=lifespan)
    schema = strawberry.Schema(query=Query, mutation=Mutation)
    app.include_router(GraphQLRouter(schema, context_getter=open_context), prefix="/graphql")
    return app
