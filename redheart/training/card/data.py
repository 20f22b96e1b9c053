"""The sets that shaped the weights: source, licence, rows."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from redheart.training.card.measured import measured
from redheart.training.card.table import table

OWN_FILE: Final = "a file of its own"
LICENCES: Final = {
    "goemotions_en": ("GoEmotions (Demszky et al., ACL 2020)", "CC BY 4.0"),
    "goemotions_ko": ("GoEmotions, Korean machine translation (J. Park, 2020)", "Apache-2.0"),
    "kote": ("KOTE (Jeon, Lee and Kim, 2022)", "MIT"),
    "nsmc": ("NSMC, rebuilt from the raw reviews (L. Park, 2015)", "CC0 1.0"),
    "emobank": ("EmoBank (Buechel and Hahn, EACL 2017)", "CC BY-SA 4.0"),
    "ethics_utilitarianism": ("ETHICS, utilitarianism (Hendrycks et al., ICLR 2021)", "MIT"),
    "ethics_justice": ("ETHICS, justice", "MIT"),
    "ethics_deontology": ("ETHICS, deontology", "MIT"),
    "ethics_virtue": ("ETHICS, virtue", "MIT"),
    "ecare": ("e-CARE (Du et al., ACL 2022)", "MIT"),
    "copa_sse": ("COPA-SSE (Brassard et al., LREC 2022)", "MIT"),
    "moralchoice": ("MoralChoice (Scherrer et al., NeurIPS 2023), an act a row", "MIT"),
    "crowd_envent": ("crowd-enVENT (Troiano et al., CL 2023)", f"not stated: {OWN_FILE}"),
    "semeval_cfd": ("SemEval-2020 task 5 (Yang et al., 2020)", f"use in research on citation: {OWN_FILE}"),
}


def data_table(folder: Path) -> str:
    """As counted when the checkpoint was published."""
    counted = measured(folder, "rows.json")
    rows = [
        [title, licence, f"{counted[name]['train']:,}", f"{counted[name]['dev']:,}"]
        for name, (title, licence) in LICENCES.items()
        if name in counted
    ]
    return table(("set", "licence", "train rows", "dev rows"), rows)
