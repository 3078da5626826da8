"""What tests put on the page: a request as the bot posts it, forms with errors and pages, App Home."""

from typing import Any

JSON = dict[str, Any]


def text(words: str) -> JSON:
    """Return plain text."""
    return {"type": "plain_text", "text": words}


def marked(words: str) -> JSON:
    """Return mrkdwn."""
    return {"type": "mrkdwn", "text": words}


def section(words: str) -> JSON:
    """Return a section."""
    return {"type": "section", "text": marked(words)}


def button(words: str, action: str, **more: Any) -> JSON:
    """Return a button."""
    return {"type": "button", "text": text(words), "action_id": action, **more}


CONFIRM: JSON = {
    "title": text("Restrict this account?"),
    "text": text("The person is told by fax. Nothing else happens."),
    "confirm": text("Restrict"),
    "deny": text("Go back"),
}


def request() -> list[JSON]:
    """Return a request to decide."""
    return [
        {"type": "header", "text": text(":raised_hand: Decide: restrict an account?")},
        section("+81 •••• 4821 · OPS-0053\n*5 complaints about 86 mails* in 30 days."),
        section("*Why*, says <@U0OP1>"),
        {
            "type": "rich_text",
            "elements": [
                {"type": "rich_text_quote", "elements": [{"type": "text", "text": "2 new complaints. *x* <@U0>"}]}
            ],
        },
        section(":warning: Faxi does not stop the mail by itself. The bot tells <#C0ALERTS>."),
        {
            "type": "actions",
            "elements": [
                button("Approve restriction", "approve", value="ap_1", style="primary", confirm=CONFIRM),
                button("Deny…", "deny", value="ap_1"),
                button("Open the case", "open.link", url="https://example.com/OPS-0053"),
            ],
        },
        {"type": "context", "elements": [marked("Decide by Thu 26 Nov 18:00, else nothing happens.")]},
    ]


def form(title: str = "Restrict an account") -> JSON:
    """Return a modal with a choice and words."""
    options = [{"text": text(words), "value": words.lower()} for words in ("Complaints", "Fraud", "Other")]
    return {
        "type": "modal",
        "callback_id": "ask",
        "title": text(title),
        "submit": text("Ask for approval"),
        "close": text("Cancel"),
        "blocks": [
            section("*5 complaints about 86 mails* in 30 days."),
            {
                "type": "input",
                "block_id": "reason",
                "label": text("Reason"),
                "element": {"type": "radio_buttons", "action_id": "choice", "options": options},
            },
            {
                "type": "input",
                "block_id": "why",
                "label": text("Why now"),
                "hint": text("The manager reads these words."),
                "element": {"type": "plain_text_input", "action_id": "words", "multiline": True},
            },
            {"type": "actions", "elements": [button("See the fax", "fax")]},
        ],
    }


def fax() -> JSON:
    """Return a page that is pushed on a form."""
    return {
        "type": "modal",
        "title": text("The fax"),
        "close": text("Back"),
        "blocks": [
            section("お客様へ。メールの送信をお控えください。"),
            {"type": "divider"},
            section("Please send no mail."),
        ],
    }


def home() -> JSON:
    """Return an App Home."""
    return {
        "type": "home",
        "blocks": [
            {"type": "header", "text": text("1 decision waits for you")},
            section(":raised_hand: *Restrict +81 •••• 4821?* OPS-0053"),
            {"type": "actions", "elements": [button("Read and decide", "read", style="primary")]},
            {"type": "divider"},
            section(":white_check_mark: Delivered 98.60% (1,272 of 1,290)"),
        ],
    }
