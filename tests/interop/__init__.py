"""Real pips against a local index: what they keep, and what the program makes of it.

- `packages`: the projects of the index, as bytes. `project_files()`, or a test's own: `wheel("name", "1.0", …)`.
- `index_server.IndexServer(files)`: the index. `override(path, Override(headers, status, cut_after))` changes what a
  path answers, `clock` its Date; `seen` and `recording()` tell what was asked and how it was answered.
- `pages`: what is at each path; `Served` says in a scan's words what an address answered.
- `pips`: `GENERATIONS`, `get_pip(Generation("25.3", "3.12"))`, `Pip.install(…, cache_dir=…, server=…)`, `Pip.run`.
- `fill`: `fill_cache(pip, server, cache_dir) -> Filled`, which knows all that must be in the cache.
- `groups`: which files stand and fall together, by URL too, and how to age them.
- `conftest`: fixtures `index`, `authority`, `pip_of`, `filled_by(generation)`, `copy_by(generation)`.
"""
