"""`liftlock master-key …`: another key for what the books keep encrypted. Runs alone."""

from cyclopts import App

from liftlock import bootstrap
from liftlock.cli.output import AsJson, say, show
from liftlock.services import master_keys
from liftlock.settings import settings

app = App(name="master-key", help="Change the key that locks the books' secrets.")


@app.command
def rotate(*, as_json: AsJson = False) -> None:
    """Lock every secret in the books with a new key; those in the file still open.

    Whatever runs on this machine takes the new file by itself. Bring it to other machines at once.
    """
    with bootstrap.current_books(settings()) as tx:
        secrets, kept = master_keys.rotate(tx, settings().master_key_path)
    show({"secrets": secrets, "kept": str(kept)} if as_json else None, as_json=as_json)
    say(f"{secrets} secrets are locked with the new key. The file as it was: {kept}.")
    say("Now run `liftlock doctor`, make a backup, then `liftlock master-key retire`.")


@app.command
def retire(*, as_json: AsJson = False) -> None:
    """Leave only the newest key in the file, once every secret opens with it."""
    path = settings().master_key_path
    with bootstrap.current_books(settings()) as tx:
        _ = master_keys.lock_anew(tx, path)
    kept = master_keys.retire(path)
    show({"kept": str(kept)} if as_json else None, as_json=as_json)
    say(f"The file holds the newest key alone. The file as it was: {kept}.")
    say("Keep that as long as backups that were made before the rotation, apart from them.")
