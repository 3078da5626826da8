"""A fax goes out once, from the approval to the delivery, and everybody sees how far it is."""

from tests.support.databases import Database
from tests.support.restricting import APPROVE, MANAGEMENT, add_accounts, ask, until
from tests.support.system import running_system


async def test_an_approved_restriction_reaches_the_person_by_fax(database: Database) -> None:
    """Faxi's own list, the pages, the request to Telnyx, its end and the messages agree."""
    (account,) = await add_accounts(database, 1)
    async with database.connect() as connection:
        await connection.execute("UPDATE public.users SET fax_number_verified = true")
    async with running_system(database, replicas=1, faxes=True) as system:
        request = await ask(system, "op1", account)
        await system.click("mgr1", APPROVE, channel=MANAGEMENT, ts=request.ts)

        async def accepted() -> list[object]:
            return [one for one in system.faxes.listed() if one["pages"]]

        await until(accepted, "a fax at Telnyx")
        await system.advance("2m")
        await system.settle()
        (fax,) = system.faxes.listed()
        assert (fax["status"], fax["to"]) == ("delivered", account.number)
        assert "OPS-0001-F1" in fax["pages"][0]["text"]
        (job,) = await system.fetch("SELECT * FROM public.fax_jobs")
        assert (job["status"], job["reference_id"], job["user_id"]) == ("delivered", "OPS-0001-F1", account.id)
        (live,) = [one for one in await system.messages("mgr1", MANAGEMENT) if one["ts"] == request.ts]
        assert "person told" in live["plain"]
