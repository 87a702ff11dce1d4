"""Many people at once, signed in: written into the database as the product writes them, without a password's second of CPU each."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from flask_jwt_extended import JWTManager, create_access_token
from pymongo import MongoClient

from benchmarks.servers import JWT_SECRET_KEY
from whatsapp_server.config import DEFAULT_DATABASE, DEMO_SUFFIX
from whatsapp_server.embedded_mongo import EmbeddedMongo

LASTS = timedelta(hours=2)


@dataclass(frozen=True)
class Person:
    """Somebody and the access token of their browser."""

    id: str
    token: str


def hire(mongo: EmbeddedMongo, count: int) -> list[Person]:
    """`count` agents of the running product, each with a session. They joined some time ago, so nobody's tab hears of them as news."""
    present = datetime.now(UTC)
    joined = present - timedelta(days=30)
    ids = [f"{0xB0 << 88 | number:024x}" for number in range(count)]
    users = [
        {
            "_id": one,
            "email": f"agent{number}@example.com",
            "name": f"Agent {number}",
            "role": "agent",
            "active": True,
            "created_at": joined,
            "version": 1,
            "changed_at": joined,
        }
        for number, one in enumerate(ids)
    ]
    sessions = [
        {
            "_id": one,
            "user_id": one,
            "created_at": present,
            "expires_at": present + LASTS,
            "ended_at": None,
            "generation": 1,
            "issued": [present],
        }
        for one in ids
    ]
    with MongoClient[dict[str, Any]](mongo.uri("admin")) as client:
        database = client[DEFAULT_DATABASE + DEMO_SUFFIX]
        database["users"].insert_many(users)
        database["sessions"].insert_many(sessions)
    signer = Flask("signer")
    signer.config["JWT_SECRET_KEY"] = JWT_SECRET_KEY
    JWTManager(signer)
    with signer.app_context():
        return [Person(one, create_access_token(one, additional_claims={"sid": one}, expires_delta=LASTS)) for one in ids]
