"""Plans and carries out removals: the only code that deletes anything of pip's."""
