"""The facts of all services as one AsyncAPI 3.0 document: `python -m shared.contracts.asyncapi`.

`docs/asyncapi.json` holds the output; a test fails when the two differ. Source of the format:
https://www.asyncapi.com/docs/reference/specification/v3.0.0
"""

from __future__ import annotations

import importlib
import inspect
import json
import sys
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin

from shared.contracts.registry import Contract, contracts

SERVICES = ("jury", "mailer", "registration")

_ENVELOPE: dict[str, Any] = {
    "description": (
        "CloudEvents 1.0 in structured JSON mode. The extensions carry the order of facts about one thing, "
        "the thread of events they belong to and the W3C trace context."
    ),
    "type": "object",
    "required": ["specversion", "id", "source", "type", "subject", "time", "sequence", "data"],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "format": "uuid", "description": "UUIDv7; a receiver handles each once."},
        "source": {"type": "string", "enum": [f"/{service}" for service in SERVICES]},
        "type": {"type": "string", "description": "<service>.<thing>.<fact>.v<n>, also the routing key."},
        "subject": {"type": "string", "description": "What the fact is about."},
        "time": {"type": "string", "format": "date-time"},
        "datacontenttype": {"const": "application/json"},
        "sequence": {
            "type": "string",
            "pattern": "^[1-9][0-9]*$",
            "description": "Counts the facts about one subject of one source from 1.",
        },
        "correlationid": {"type": "string", "description": "The same from the form to the mail."},
        "causationid": {"type": "string", "description": "The id of the fact that led to this one."},
        "traceparent": {"type": "string", "description": "W3C Trace Context."},
        "data": {"type": "object"},
    },
}


def document(receives: dict[str, list[str]]) -> dict[str, Any]:
    """The AsyncAPI document. receives: for each service, the event types it handles."""
    known = contracts()
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Agora: the facts that services tell each other",
            "version": "1.0.0",
            "description": (
                "Producers are strict, consumers drop fields they do not know. Within v1 only optional fields "
                "are added; a breaking change is a v2, published beside v1 for one release."
            ),
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/cloudevents+json",
        "servers": {
            "broker": {
                "host": "{broker}",
                "protocol": "amqp",
                "protocolVersion": "0.9.1",
                "description": "RabbitMQ 3.10 or newer.",
                "variables": {"broker": {"default": "127.0.0.1:5672", "description": "From AGORA_AMQP_URL."}},
            }
        },
        "channels": {type: _channel(type, contract) for type, contract in known.items()},
        "operations": _operations(known, receives),
        "components": {
            "messages": {type: _message(type, contract) for type, contract in known.items()},
            "schemas": {"Envelope": _ENVELOPE, **_schemas(known)},
        },
    }


def _channel(type: str, contract: type[Contract]) -> dict[str, Any]:
    exchange = {"name": "events", "type": "topic", "durable": True, "autoDelete": False}
    return {
        "address": type,
        "title": _summary(contract),
        "messages": {type: {"$ref": f"#/components/messages/{type}"}},
        "bindings": {"amqp": {"is": "routingKey", "exchange": exchange, "bindingVersion": "0.3.0"}},
    }


def _message(type: str, contract: type[Contract]) -> dict[str, Any]:
    data = {"$ref": f"#/components/schemas/{contract.__name__}"}
    return {
        "name": type,
        "title": contract.__name__,
        "summary": _summary(contract),
        "contentType": "application/cloudevents+json",
        "payload": {
            "allOf": [
                {"$ref": "#/components/schemas/Envelope"},
                {"type": "object", "properties": {"type": {"const": type}, "data": data}},
            ]
        },
        "bindings": {"amqp": {"messageType": type, "bindingVersion": "0.3.0"}},
    }


def _operations(known: dict[str, type[Contract]], receives: dict[str, list[str]]) -> dict[str, Any]:
    operations: dict[str, Any] = {}
    for type, contract in known.items():
        publisher = type.split(".", 1)[0]
        operations[f"{publisher}.sends.{type}"] = _operation("send", type, f"{publisher}: {_summary(contract)}") | {
            "bindings": {"amqp": {"deliveryMode": 2, "mandatory": True, "bindingVersion": "0.3.0"}}
        }
        for service in sorted(receives):
            if type in receives[service]:
                operations[f"{service}.receives.{type}"] = _operation(
                    "receive", type, f"{service} is told: {_summary(contract)}"
                )
    unknown = sorted({type for types in receives.values() for type in types} - set(known))
    if unknown:
        raise ValueError(f"handled, but no contract: {', '.join(unknown)}")
    return operations


def _operation(action: str, type: str, summary: str) -> dict[str, Any]:
    return {
        "action": action,
        "summary": summary,
        "channel": {"$ref": f"#/channels/{type}"},
        "messages": [{"$ref": f"#/channels/{type}/messages/{type}"}],
    }


def _schemas(known: dict[str, type[Contract]]) -> dict[str, Any]:
    """JSON Schema of each contract and of the parts they nest, by class name."""
    spec = APISpec(title="", version="", openapi_version="3.1.0", plugins=[MarshmallowPlugin()])
    for contract in known.values():
        spec.components.schema(contract.__name__, schema=contract)
    for contract in known.values():
        schema = spec.components.schemas[contract.__name__]
        schema["description"] = inspect.getdoc(contract)
        # Receivers drop what they do not know, so the description must not forbid it.
        schema.pop("additionalProperties", None)
    return dict(sorted(spec.components.schemas.items()))


def _summary(contract: type[Contract]) -> str:
    return (inspect.getdoc(contract) or contract.__name__).splitlines()[0]


def handled() -> dict[str, list[str]]:
    """The event types each service handles, as its `handlers.py` declares them."""
    modules = {service: importlib.import_module(f"services.{service}.handlers") for service in SERVICES}
    return {name: sorted({*one.handlers.types, *one.handlers.own}) for name, one in modules.items()}


def text() -> str:
    """What `docs/asyncapi.json` must hold, byte for byte."""
    return json.dumps(document(handled()), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text())
