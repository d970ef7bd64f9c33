"""The files of an environment: its configuration, and attachments that name customers."""

from pathlib import Path

from liftlock.demo.data.customers import number_of, person_of

_SHARE = 200
"""One customer in so many has an attachment."""
_LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle r="4"/></svg>\n'


def write(world: str, customers: int, files: Path) -> int:
    """Write all files; return how many."""
    texts = {"config/application.toml": 'title = "Acme"\n', "branding/logo.svg": _LOGO}
    for customer in range(1, customers + 1, _SHARE):
        who = person_of(world, customer)
        at = f"attachments/{number_of(customer)}/contract.txt"
        texts[at] = (
            f"Contract with {who.full_name}\n{who.street}, {who.postcode} {who.city}\n"
            f"{who.email or ''}\n{who.iban or ''}\n"
        )
    for at, text in texts.items():
        path = files / at
        path.parent.mkdir(parents=True, exist_ok=True)
        _ = path.write_text(text)
    return len(texts)
