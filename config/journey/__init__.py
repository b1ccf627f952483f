"""The main job, end to end: from a standard's document to certificates and results over the API.

`manage.py journey` runs it against a running site (web, worker, beat). What a person does in the browser is
done over HTTP here too, with that person's sign-in; what workers do is left to the workers.
"""
