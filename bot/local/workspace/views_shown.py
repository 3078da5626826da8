"""What people see: messages, modals and App Home, as the control interface answers them."""

from dataclasses import dataclass

from . import people
from .people import Person
from .plaintext import Reader
from .refusals import JSON
from .state import File, Message, State, View
from .validator import elements_of


@dataclass(frozen=True)
class Shown:
    """Describes what is on somebody's screen."""

    state: State
    url: str

    def reader(self, person_id: str) -> Reader:
        """Return the reading eyes of this person."""
        person = self.state.people.get(person_id) or Person(person_id, person_id, person_id)
        return Reader(self.state, person)

    def author(self, user_id: str) -> str:
        """Return the handle of whoever wrote something."""
        names = {people.BOT_USER: people.BOT_NAME, people.SLACKBOT: "slackbot"}
        person = self.state.people.get(user_id)
        return person.handle if person else names.get(user_id, user_id)

    def buttons(self, blocks: list[JSON], reader: Reader) -> list[JSON]:
        """Return the buttons among these blocks, in the order they are seen."""
        return [
            {
                "text": reader.text(element["text"]),
                "label": element.get("accessibility_label"),
                "action_id": element["action_id"],
                "block_id": block["block_id"],
                "value": element.get("value"),
                "style": element.get("style"),
            }
            for block in blocks
            for element in elements_of(block)
            if element["type"] == "button"
        ]

    def message(self, message: Message, viewer: str) -> JSON:
        """Return a message as this person sees it."""
        reader = self.reader(viewer)
        return {
            "ts": message.ts,
            "from": self.author(message.author),
            "plain": reader.blocks(message.blocks) or reader.mrkdwn(message.text),
            "text": message.text,
            "thread": message.thread,
            "replies": self.state.channels[message.channel].replies[message.ts],
            "buttons": self.buttons(message.blocks, reader),
            "ephemeral": message.viewer is not None,
            "edited": message.edited is not None,
            "files": self.files(message),
            "blocks": message.blocks,
        }

    def files(self, message: Message) -> list[JSON]:
        """Return the files that a message shares, without those that were deleted."""
        shared = [self.state.files[one] for one in message.files]
        return [self.file(file) for file in shared if not file.deleted]

    def file(self, file: File) -> JSON:
        """Return an uploaded file: name, title, size in bytes, and where its content lies."""
        return {
            "id": file.id,
            "name": file.name,
            "title": file.title,
            "size": len(file.content or b""),
            "url": f"{self.url}/files/{file.id}",
        }

    def view(self, view: View) -> JSON:
        """Return a modal or App Home as its owner sees it."""
        reader = self.reader(view.owner)
        body = view.body
        return {
            "id": view.id,
            "hash": view.hash,
            "kind": body["type"],
            "title": reader.text(body.get("title")),
            "callback_id": body.get("callback_id", ""),
            "private_metadata": body.get("private_metadata", ""),
            "plain": reader.blocks(body["blocks"]),
            "buttons": self.buttons(body["blocks"], reader),
            "fields": [field for block in body["blocks"] for field in self._fields(view, block, reader)],
            "submit": reader.text(body.get("submit")) or None,
            "close": reader.text(body.get("close")) or None,
            "errors": view.errors,
            "blocks": body["blocks"],
        }

    def _fields(self, view: View, block: JSON, reader: Reader) -> list[JSON]:
        if block["type"] != "input":
            return []
        element = block["element"]
        options = [reader.text(option["text"]) for option in element.get("options") or []]
        return [
            {
                "label": reader.text(block["label"]),
                "block_id": block["block_id"],
                "action_id": element["action_id"],
                "type": element["type"],
                "optional": bool(block.get("optional")),
                "value": view.values.get(block["block_id"], {}).get(element["action_id"]),
                "options": options,
            }
        ]
