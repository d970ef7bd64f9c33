class DBOSContext:
    workflow_id: str
    owner_xid: str | None

def get_local_dbos_context() -> DBOSContext | None: ...
