"""Settings by purpose: `demo` (the default), `test`, `production`, and `static` for tools that need no servers."""
