"""/faxi-case: one case, or the list of one's own and the team's; and answering a step."""

from bot.engine import case_lists, cases, outbox
from bot.engine.access import Right
from bot.slack.blocks import View, context, input_block, message, modal, option, radio, section, text_input
from bot.slack.clicks import Click
from bot.slack.door import looking
from bot.slack.interactions import Call, Errors, Help, Interaction, Outcome, Say, Show, Silent
from bot.slack.text import md
from commands import case_messages, which_case

NOTE_LEAST, NOTE_MOST = 5, 1000
_ANSWERS = {"done": "Done", "not_applicable": "Not applicable", "skipped": "Skip it"}
_HELP = Help(
    need="Work",
    does="shows a case, or what is open",
    usage=(("/faxi-case", "your open cases and the team's"), ("/faxi-case OPS-0042", "one case, open or closed")),
    hint="[OPS-0042]",
)


async def _command(call: Call) -> Outcome:
    typed = call.click.text or await which_case.of_thread(call)
    if not typed:
        return await _list(call, 0)
    case_id = cases.parse_number(typed)
    case = await cases.load(call.connection, case_id) if case_id else None
    if case is None:
        if case_id is None:
            said = md(":grey_question: *That is no case number.* Write it like `/faxi-case OPS-0042`.")
        else:
            said = md(
                ":grey_question: *There is no case {number}.* `/faxi-case` lists what is open.",
                number=cases.number(case_id),
            )
        answer = message("There is no such case, and nothing was changed.", section(said))
        return Outcome(Say(answer), "refused:not_found", allowed=False)
    shown = await case_messages.whole(call.connection, case, call.team)
    return Outcome(Say(shown), "shown", case_id=case.id, subject=case.subject)


async def _list(call: Call, offset: int) -> Outcome:
    mine = await case_lists.open_page(call.connection, owner=call.person.id)
    above = [line.id for line in mine.lines]
    page = await case_lists.open_page(call.connection, offset=offset, but=above)
    if offset and not page.lines:
        offset, page = 0, await case_lists.open_page(call.connection, but=above)
    shown = await case_messages.listed(call.connection, mine, page, offset, call.team, call.now)
    return Outcome(Say(shown), "listed", parameters={"from": offset})


async def _page(call: Call) -> Outcome:
    return await _list(call, await case_messages.page_offset(call.connection, call.click.value))


def _looking(_click: Click) -> View:
    return looking("Answer a step")


async def _answer_form(call: Call) -> Outcome:
    found = await cases.step_of(call.connection, call.click.value)
    case = await cases.load(call.connection, found[0]) if found else None
    step = case.step(found[1]) if case and found else None
    if case is None or step is None or not found:
        return _old("This button is old, so nothing was changed.")
    if case.closed_at is not None:
        return _old(f"{case.number} is closed, so nothing was changed.")
    if step.state != "todo":
        return _old(f"Step {step.position} of {case.number} was answered already, so nothing was changed.")
    view = modal(
        "case.answer",
        "Answer a step",
        section(md("*{number}, step {n}: {title}*", number=case.number, n=step.position, title=step.title)),
        input_block(
            "How did it go?",
            radio("answer", *(option(words, key) for key, words in _ANSWERS.items()), initial="done"),
            block_id="answer",
        ),
        input_block(
            "Note, or why not",
            text_input("note", multiline=True, least=NOTE_LEAST, most=NOTE_MOST),
            block_id="note",
            hint="The team reads this. No names of users, no numbers, no words from mails.",
        ),
        context(md("Your name and the time are kept with it.")),
        submit="Save answer",
        close="Cancel",
        metadata=call.click.value or "",
    )
    return Outcome(Show(view), "form", case_id=case.id, subject=case.subject)


def _old(words: str) -> Outcome:
    said = section(md(":heavy_minus_sign: {words}", words=words))
    return Outcome(Say(message(words, said)), "refused:old_button", allowed=False)


async def _submit_answer(call: Call) -> Outcome:
    answer = call.click.values.get("answer", "")
    note = call.click.values.get("note", "").strip()
    wrong = {}
    if answer not in _ANSWERS:
        wrong["answer"] = "Please choose one."
    if not NOTE_LEAST <= len(note) <= NOTE_MOST:
        wrong["note"] = f"Please write {NOTE_LEAST} to {NOTE_MOST:,} letters; these are {len(note):,}."
    if wrong:
        return Outcome(Errors(wrong), "refused:form", allowed=False)
    found = await cases.step_of(call.connection, call.click.metadata)
    if found is None or not await cases.lock(call.connection, found[0]):
        return _old("This form is old, so nothing was changed.")
    case_id, name = found
    before = await cases.load(call.connection, case_id)
    step = before.step(name) if before else None
    if before is None or step is None or before.closed_at is not None:
        return _old(f"{cases.number(case_id)} is closed, so nothing was changed.")
    settled = await cases.settle(
        call.connection,
        case_id,
        name,
        answer,  # type: ignore[arg-type]  # checked against _ANSWERS above
        who=call.person.id,
        now=call.now,
        note=note,
    )
    if not settled:
        return _old(f"Step {step.position} of {before.number} was answered already, so nothing was changed.")
    closed = await cases.close_when_finished(
        call.connection, case_id, by=call.person.id, now=call.now, resolution="every step is answered"
    )
    await _tell(call, case_id, name)
    tail = " It was the last step: the case is closed." if closed else ""
    said = md(
        ":white_check_mark: *Saved.* Step {n} of {number}: {word}.{tail}",
        n=step.position,
        number=before.number,
        word=_ANSWERS[answer].lower(),
        tail=tail,
    )
    return Outcome(
        Say(message(f"Saved: step {step.position} of {before.number}.{tail}", section(said))),
        answer,
        case_id=case_id,
        subject=before.subject,
        parameters={"step": name, "closed": closed},
    )


async def _tell(call: Call, case_id: int, step: str) -> None:
    """Show the new state where the case lives, and the answer in its thread."""
    subject = cases.subject(case_id)
    await outbox.raise_live(call.connection, subject)
    place = await outbox.head_of(call.connection, subject)
    if place is not None:
        await outbox.post(
            call.connection,
            "case.step",
            subject,
            place.destination,
            call.now,
            parent=place.id,
            parameters={"step": step},
        )


async def _link(_call: Call) -> Outcome:
    return Outcome(Silent(), "opened")


def declarations() -> tuple[Interaction, ...]:
    """Return what people can do about cases."""
    return (
        Interaction("command", "/faxi-case", "case:show", Right.READ, _command, help=_HELP),
        Interaction("action", "case.previous", "case:list", Right.READ, _page),
        Interaction("action", "case.next", "case:list", Right.READ, _page),
        Interaction("action", "case.answer", "case:answer_form", Right.WORK, _answer_form, opening=_looking),
        Interaction("view", "case.answer", "case:answer", Right.WORK, _submit_answer),
        Interaction("action", "open.link", "link:open", Right.HELP, _link, anywhere=True),
    )
