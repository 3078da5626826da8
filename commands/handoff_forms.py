"""The forms about a handoff: to whom, a note, a change, a question, and the words with which it is accepted."""

from collections.abc import Callable
from typing import Final

from bot.duty import handoff_notes, handoff_steps
from bot.duty.handoffs import Item
from bot.slack import text
from bot.slack.blocks import (
    Block,
    View,
    context,
    input_block,
    modal,
    moment_input,
    option,
    section,
    select,
    text_input,
    users_select,
)
from bot.slack.clicks import Click
from bot.slack.door import looking
from bot.slack.text import md
from commands.handoff_parts import Seen
from commands.handoff_words import short

GIVE, NOTE, EDIT, ASK, ACCEPT = "handoff.give", "handoff.note", "handoff.edit", "handoff.ask", "handoff.accept"
TITLES: Final = {
    GIVE: "Hand over",
    NOTE: "Add to handoff",
    EDIT: "Change an item",
    ASK: "Ask",
    ACCEPT: "Accept handoff",
}
COMPUTED, EVERYTHING = "computed", "all"
MOODS: Final = {COMPUTED: "As the bot finds it", "calm": "Calm", "watch": "Keep watching", "unstable": "Unstable"}
"""How it is, in the words of the form."""
_CHOICES = 99
_TITLE = 75


def opening(form: str) -> Callable[[Click], View]:
    """Return what opens at once while a form is made."""
    return lambda _click: looking(TITLES[form])


def give(value: str) -> View:
    """Ask to whom."""
    return modal(
        GIVE,
        TITLES[GIVE],
        input_block(
            "Who takes over?",
            users_select("person"),
            block_id="person",
            hint="Somebody of operations, engineering or management.",
        ),
        context(md("They are called in the thread. Who is on call stays so until they accept.")),
        submit="Send",
        close="Not yet",
        metadata=value,
    )


def note(of: str = "", *, of_message: bool = False) -> View:
    """Ask for a note for the next handoff.

    Parameters:
        of: the message that it is about, as ``channel ts``, or the value of the list's item that it answers.
        of_message: whether it is about a message.
    """
    about = [section(md("The message is linked in the handoff."))] if of_message else []
    most = handoff_notes.MOST
    return modal(
        NOTE,
        TITLES[NOTE],
        *about,
        input_block(
            "What is to be done?",
            text_input("words", multiline=True, least=3, most=most),
            block_id="words",
            hint="No numbers, names or mail addresses of users, please.",
        ),
        input_block("By when?", moment_input("due"), block_id="due", optional=True),
        input_block("And if it gets worse?", text_input("if_so", most=most), block_id="if_so", optional=True),
        submit="Add",
        close="Cancel",
        metadata=of,
    )


def _options(it: Seen, items: tuple[Item, ...]) -> list[Block]:
    return [
        option(text.clip(f"{one.n}. {text.plain(it.words[one.n].title)}", _TITLE), it.values[one.n])
        for one in items[:_CHOICES]
    ]


def edit(it: Seen) -> View:
    """Ask what to change: the words of one item, and how it is."""
    items = _options(it, it.handoff.items)
    most = handoff_notes.MOST
    chosen = (
        [
            input_block("Which item?", select("item", *items), block_id="item", optional=True),
            input_block(
                "What is to be done?", text_input("todo", multiline=True, most=most), block_id="todo", optional=True
            ),
            input_block("And if it gets worse?", text_input("if_so", most=most), block_id="if_so", optional=True),
        ]
        if items
        else [section(md("Nothing is open."))]
    )
    moods = [option(words, key) for key, words in MOODS.items()]
    return modal(
        EDIT,
        TITLES[EDIT],
        *chosen,
        input_block("How is it?", select("mood", *moods, initial=it.handoff.mood or COMPUTED), block_id="mood"),
        submit="Change",
        close="Cancel",
        metadata=it.value,
    )


def ask(it: Seen) -> View:
    """Ask for a question."""
    items = [option("All of it", EVERYTHING), *_options(it, it.handoff.items)]
    return modal(
        ASK,
        TITLES[ASK],
        input_block("About which item?", select("item", *items, initial=EVERYTHING), block_id="item"),
        input_block(
            "What do you want to know?",
            text_input("words", multiline=True, least=3, most=handoff_notes.MOST),
            block_id="words",
        ),
        context(md("It stands in the thread, with your name.")),
        submit="Ask",
        close="Cancel",
        metadata=it.value,
    )


def accept(it: Seen) -> View:
    """Ask the receiver for the words with which they accept."""
    handoff = it.handoff
    count = len(handoff.items)
    before = it.names[handoff.outgoing] if handoff.outgoing else "nobody"
    free = md(" {who} is free.", who=it.outgoing) if handoff.outgoing else md("")
    return modal(
        ACCEPT,
        TITLES[ACCEPT],
        section(md("From *{who}*. You have {n} of {items}.", who=before, n=count, items=short(count))),
        input_block(
            "What will you watch, and what could go wrong?",
            text_input(
                "readback",
                multiline=True,
                placeholder="In your own words",
                least=handoff_steps.WORDS_LEAST,
                most=handoff_steps.WORDS_MOST,
            ),
            block_id="readback",
            hint=f"{it.outgoing if handoff.outgoing else 'The team'} reads this to see that nothing was missed.",
        ),
        context(md("From now on, alerts call you first.{free}", free=free)),
        submit="Accept",
        close="Not yet",
        metadata=it.value,
    )
