"""Files nobody can read, as every hospital's folder holds some."""

from __future__ import annotations

import gzip

import numpy as np

from hygie.simulate.hospital import Hospital
from hygie.simulate.output import Output
from hygie.simulate.truth import Truth


def write_bad(hospital: Hospital, truth: Truth, output: Output) -> None:
    """Write a cut archive, an unknown binary, a policy as PDF and a table of something else."""
    noise = np.random.default_rng(hospital.seed + 9)
    text = "".join(f"{number} {value}\n" for number, value in enumerate(noise.integers(0, 10**9, 4000).tolist()))
    whole = gzip.compress(("#separator \\x09\n#path\tweird\n" + text).encode(), mtime=0)
    output.path("evidence/divers/journal_tronque.gz").write_bytes(whole[: len(whole) // 2])
    output.data("evidence/divers/sauvegarde.bin", bytes(noise.integers(0, 256, 5000, dtype=np.uint8)))
    pdf = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
    output.data("evidence/divers/politique de sécurité 2026.pdf", pdf)
    rows = [(f"menu {number}", "plat", number * 3) for number in range(20)]
    output.table("evidence/divers/menus du self.csv", ("Menu", "Catégorie", "Couverts servis"), rows)
    truth.refused_files += [
        "evidence/divers/journal_tronque.gz",
        "evidence/divers/sauvegarde.bin",
        "evidence/divers/politique de sécurité 2026.pdf",
        "evidence/divers/menus du self.csv",
    ]
