"""Telling others that a file is finished: webhook, command, e-mail. Their failures never fail an import."""

from __future__ import annotations

import asyncio
import json
import smtplib
import ssl
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from typing import Any

from importer.model.errors import ImporterError
from importer.settings.notify import FAILURES, Hook, Mail, NotifySettings, Webhook
from importer.transport.post_json import post_json

COMMAND_SECONDS = 60.0
"""How long a command hook may take."""
MAIL_SECONDS = 30.0
MOST_ATTACHED = 20 * 2**20
"""Bytes of results that are attached; mail servers take 20 to 35 MB."""


@dataclass(frozen=True, slots=True)
class News:
    """A file is finished. ``document`` is what a webhook gets: names, counts and codes, no row contents."""

    document: Mapping[str, Any]
    file: str
    words: str
    good: bool
    results: Path | None = None


class Telling:
    """Tells whom the notify file names."""

    def __init__(self, settings: NotifySettings) -> None:
        self._settings = settings

    async def tell(self, news: News) -> list[str]:
        """Tell everybody who wants to hear of it; return what went wrong, in sentences. Raises nothing."""
        wants = self._settings
        told = []
        if wants.webhook is not None and _concerns(wants.webhook, news):
            told.append(("webhook", _webhook(wants.webhook, news)))
        if wants.command is not None and _concerns(wants.command, news):
            told.append(("command", asyncio.to_thread(_command, wants.command, news)))
        if wants.mail is not None and _concerns(wants.mail, news):
            told.append(("mail", asyncio.to_thread(_mail, wants.mail, news)))
        faults = await asyncio.gather(*(call for _name, call in told))
        return [
            f"{news.file}: the notification by {name} failed: {fault}. The import is not touched by that."
            for (name, _call), fault in zip(told, faults, strict=True)
            if fault is not None
        ]


def _concerns(channel: Webhook | Hook | Mail, news: News) -> bool:
    return channel.on != FAILURES or not news.good


async def _webhook(hook: Webhook, news: News) -> str | None:
    headers = {name: value.reveal() for name, value in hook.headers.items()}
    try:
        return await post_json(hook.url.reveal(), dict(news.document), headers, ca_file=hook.ca_file)
    except ImporterError as error:
        return error.message.rstrip(".")


def _command(hook: Hook, news: News) -> str | None:
    text = json.dumps(dict(news.document), default=str)
    try:
        done = subprocess.run(
            hook.run,
            input=text.encode("utf-8"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=COMMAND_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"it took longer than {COMMAND_SECONDS:g} s and was ended"
    except (OSError, ValueError) as error:
        return f"it could not be started ({getattr(error, 'strerror', None) or type(error).__name__})"
    return None if done.returncode == 0 else f"it ended with {done.returncode}"


def message(mail: Mail, news: News) -> EmailMessage:
    """Return the e-mail about a file: a sentence, the counts, and the results where they are wanted."""
    made = EmailMessage()
    name = "".join(ch if ch.isprintable() else "_" for ch in news.file)
    made["Subject"] = f"case-importer: {name}: {'done' if news.good else 'needs a look'}"
    made["From"], made["To"] = mail.sender, ", ".join(mail.to)
    made["Date"], made["Message-ID"] = formatdate(localtime=True), make_msgid("case-importer")
    lines = [f"{name}: {news.words}", ""]
    lines += [f"{key}: {value}" for key, value in news.document.items() if key in ("run", "results", "exit")]
    results = news.results if mail.attach_results else None
    if results is not None and results.is_file():
        size = results.stat().st_size
        if size > MOST_ATTACHED:
            lines += ["", f"The results have {size:,} bytes, which is too much for an e-mail."]
            results = None
    made.set_content("\n".join(lines) + "\n")
    if results is not None and results.is_file():
        made.add_attachment(
            results.read_bytes(), maintype="application", subtype="octet-stream", filename=results.name
        )
    return made


def _mail(mail: Mail, news: News) -> str | None:
    try:
        tls = ssl.create_default_context(cafile=str(mail.ca_file) if mail.ca_file else None)
        kind = smtplib.SMTP_SSL if mail.security == "tls" else smtplib.SMTP
        more: dict[str, Any] = {"context": tls} if mail.security == "tls" else {}
        with kind(mail.host, mail.port, timeout=MAIL_SECONDS, **more) as server:
            if mail.security == "starttls":
                server.starttls(context=tls)
            if mail.username is not None and mail.password is not None:
                server.login(mail.username.reveal(), mail.password.reveal())
            server.send_message(message(mail, news))
    except smtplib.SMTPResponseException as error:
        return f"the mail server refused it ({error.smtp_code})"
    except (smtplib.SMTPException, OSError, ValueError) as error:
        return f"the mail server could not be used ({type(error).__name__})"
    return None
