"""The web side: a page for people, in French, and the part of Mailpit's HTTP API that programs here use."""

from __future__ import annotations

import datetime as dt
import re
from email.message import EmailMessage
from typing import Any

from flask import Flask, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from deploy.local.mailcatcher.smtp import Catcher
from deploy.local.mailcatcher.store import Mail, Store
from shared import clock

PER_PAGE = 50
# A mail may not run scripts; it fetches pictures from outside only when asked, as a mail program does. Its links open
# in a new tab.
SANDBOX = "allow-popups allow-popups-to-escape-sandbox"
MAIL_POLICY = f"sandbox {SANDBOX}; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:"
PAGE_POLICY = "default-src 'none'; style-src 'self'; frame-src 'self'; img-src 'self' data:; form-action 'self'"


def create_app(catcher: Catcher) -> Flask:
    """The page and the API over one store."""
    store = catcher.store
    app = Flask(__name__)
    app.jinja_env.filters |= {"size": _size, "moment": _moment}

    @app.after_request
    def guard(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", PAGE_POLICY)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    @app.get("/")
    def index() -> ResponseReturnValue:
        query, start = request.args.get("q", ""), max(0, request.args.get("start", 0, type=int))
        return render_template(
            "list.html",
            mails=store.page(start, PER_PAGE, query),
            total=store.count(query),
            all=store.count(),
            start=start,
            per_page=PER_PAGE,
            query=query,
            refuse=catcher.refuse,
            defer=catcher.defer,
        )

    @app.get("/mail/<id>")
    def show(id: str) -> ResponseReturnValue:
        mail = _find(store, id)
        message = mail.parsed()
        view = request.args.get("vue", "html" if _body(message, "html") else "texte")
        return render_template(
            "mail.html",
            mail=mail,
            view=view,
            has_html=bool(_body(message, "html")),
            text=_body(message, "plain"),
            headers=list(message.raw_items()),
            attachments=_attachments(message),
            sandbox=SANDBOX,
        )

    @app.get("/mail/<id>/html")
    def html(id: str) -> ResponseReturnValue:
        content = _body(_find(store, id).parsed(), "html")
        content = re.sub(r"cid:([^\"'\s>)]+)", lambda found: url_for("inline", id=id, cid=found[1]), content)
        return Response(
            f'<base target="_blank">{content}',
            mimetype="text/html",
            headers={"Content-Security-Policy": MAIL_POLICY + (" http: https:" if "images" in request.args else "")},
        )

    @app.get("/mail/<id>/cid/<cid>")
    def inline(id: str, cid: str) -> ResponseReturnValue:
        for part in _find(store, id).parsed().walk():
            if str(part.get("Content-ID", "")).strip("<>") == cid and part.get_content_maintype() == "image":
                return Response(part.get_payload(decode=True), mimetype=part.get_content_type())
        return abort(404)

    @app.post("/vider")
    def clear() -> ResponseReturnValue:
        # No session to abuse here, and nothing of value: but another site's form must not empty the list.
        if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
            abort(403)
        store.delete([])
        return redirect(url_for("index"))

    @app.get("/livez")
    @app.get("/readyz")
    def ready() -> ResponseReturnValue:
        store.count()
        return Response("ok\n", mimetype="text/plain")

    _mailpit(app, store)
    return app


def _mailpit(app: Flask, store: Store) -> None:
    """The same paths and field names as Mailpit 1.x, so that one client speaks to both."""

    def listing(query: str) -> dict[str, Any]:
        start, limit = request.args.get("start", 0, type=int), request.args.get("limit", 50, type=int)
        mails = store.page(max(0, start), min(max(1, limit), 1000), query)
        total, found = store.count(), store.count(query)
        counts = {"total": total, "unread": total, "count": len(mails), "messages_count": found, "start": start}
        return counts | {"messages_unread": found, "tags": [], "messages": [_summary(mail) for mail in mails]}

    @app.get("/api/v1/messages")
    def messages() -> ResponseReturnValue:
        return listing("")

    @app.get("/api/v1/search")
    def search() -> ResponseReturnValue:
        return listing(request.args.get("query", ""))

    @app.delete("/api/v1/messages")
    def delete() -> ResponseReturnValue:
        body = request.get_json(silent=True) or {}
        store.delete([str(id) for id in body.get("IDs") or []])
        return Response("ok", mimetype="text/plain")

    @app.get("/api/v1/message/<id>")
    def message(id: str) -> ResponseReturnValue:
        mail = _find(store, id)
        parsed = mail.parsed()
        whole = {
            "ReturnPath": mail.mail_from,
            "Date": str(parsed.get("Date", "")),
            "Text": _body(parsed, "plain"),
            "HTML": _body(parsed, "html"),
            "Inline": [],
            "Attachments": [
                {"PartID": str(number), "FileName": name, "ContentType": kind, "ContentID": "", "Size": len(content)}
                for number, name, kind, content in _attachments(parsed)
            ],
            "ListUnsubscribe": {
                "Header": str(parsed.get("List-Unsubscribe", "")),
                "Links": re.findall(r"<([^>]+)>", str(parsed.get("List-Unsubscribe", ""))),
                "HeaderPost": str(parsed.get("List-Unsubscribe-Post", "")),
                "Errors": "",
            },
        }
        return _summary(mail) | whole

    @app.get("/api/v1/message/<id>/headers")
    def headers(id: str) -> ResponseReturnValue:
        found: dict[str, list[str]] = {}
        for name, value in _find(store, id).parsed().items():
            found.setdefault(name, []).append(str(value))
        return found

    @app.get("/api/v1/message/<id>/raw")
    def raw(id: str) -> ResponseReturnValue:
        return Response(_find(store, id).raw, mimetype="text/plain")

    @app.get("/api/v1/message/<id>/part/<int:number>")
    def part(id: str, number: int) -> ResponseReturnValue:
        for at, name, kind, content in _attachments(_find(store, id).parsed()):
            if at == number:
                response = Response(content, mimetype=kind)
                response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
                response.headers.set("Content-Disposition", "attachment", filename=name)
                return response
        return abort(404)

    @app.get("/api/v1/info")
    def info() -> ResponseReturnValue:
        return {"Version": "agora mail catcher", "Messages": store.count(), "Unread": store.count(), "Tags": {}}


def _find(store: Store, id: str) -> Mail:
    mail = store.get(id)
    if mail is None:
        abort(404)
    return mail


def _summary(mail: Mail) -> dict[str, Any]:
    def people(field: str) -> list[dict[str, str]]:
        return [{"Name": name, "Address": address} for name, address in mail.people[field]]

    named = {address.lower() for field in ("To", "Cc") for _, address in mail.people[field]}
    parsed = mail.parsed()
    return {
        "ID": mail.id,
        "MessageID": mail.message_id,
        "Read": False,
        "From": next(iter(people("From")), {"Name": "", "Address": mail.mail_from}),
        "To": people("To"),
        "Cc": people("Cc"),
        "Bcc": [{"Name": "", "Address": to} for to in mail.recipients if to.lower() not in named],
        "ReplyTo": people("Reply-To"),
        "Subject": mail.subject,
        "Created": dt.datetime.fromtimestamp(mail.caught_at, dt.UTC).isoformat(),
        "Tags": [],
        "Size": len(mail.raw),
        "Attachments": len(_attachments(parsed)),
        "Snippet": " ".join(_body(parsed, "plain").split())[:250],
    }


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    if part is None:
        return ""
    try:
        return str(part.get_content())
    except (LookupError, UnicodeError):
        return bytes(part.get_payload(decode=True) or b"").decode(errors="replace")


def _attachments(message: EmailMessage) -> list[tuple[int, str, str, bytes]]:
    """(number, file name, content type, bytes) of each part with a name, a calendar's alternative included."""
    found = []
    for number, part in enumerate(message.walk()):
        name = part.get_filename() or ("invitation.ics" if part.get_content_type() == "text/calendar" else "")
        if name and not part.is_multipart():
            found.append((number, name, part.get_content_type(), bytes(part.get_payload(decode=True) or b"")))
    return found


def _size(count: int) -> str:
    return f"{count} o" if count < 1000 else f"{count / 1000:.0f} ko".replace(".", ",")


def _moment(instant: float) -> str:
    """In the year that the services live in: a demonstration may play another one."""
    return clock.lived(dt.datetime.fromtimestamp(instant, dt.UTC)).astimezone(clock.PARIS).strftime("%d/%m/%Y %H:%M:%S")
